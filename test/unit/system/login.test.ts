import assert from 'node:assert/strict';
import { sshConnection } from '../../../src/system/login.ts';

const SAID = '198.51.100.7 50000 10.9.1.1 22';

/** Processes with their parent and environment; undefined: it is another user's. */
function readingOf(
  processes: Readonly<Record<string, readonly [parent: string, environ: string | undefined]>>,
) {
  return (path: string): string => {
    const [, pid = '', file] = /^\/proc\/(\w+)\/(environ|status)$/.exec(path) ?? [];
    const [parent, environ] = processes[pid] ?? [];
    const text = file === 'status' ? parent && `Name:\tsudo\nPPid:\t${parent}\nUid:\t0\n` : environ;
    if (text === undefined) throw new Error(`EACCES: ${path}`);
    return text;
  };
}

describe('sshConnection', () => {
  it('is what the environment says', () => {
    assert.equal(sshConnection(readingOf({ self: ['9', `A=1\0SSH_CONNECTION=${SAID}\0B=2\0`] })), SAID);
  });

  it('is what the nearest parent says that does, where sudo drops it', () => {
    const processes = {
      self: ['9', 'SUDO_USER=anna\0'],
      9: ['8', `SSH_CONNECTION=${SAID}\0`],
      8: ['1', 'SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22\0'],
    } as const;
    assert.equal(sshConnection(readingOf(processes)), SAID);
  });

  it('passes over a parent whose environment cannot be read', () => {
    const processes = { self: ['9', ''], 9: ['8', undefined], 8: ['1', `SSH_CONNECTION=${SAID}\0`] } as const;
    assert.equal(sshConnection(readingOf(processes)), SAID);
  });

  it('is nothing for who is not logged in, by other variables, or where parents are hidden', () => {
    assert.equal(
      sshConnection(readingOf({ self: ['1', `NO_SSH_CONNECTION=${SAID}\0`], 1: ['0', ''] })),
      undefined,
    );
    assert.equal(sshConnection(readingOf({ self: ['9', ''] })), undefined);
    assert.equal(sshConnection(readingOf({ self: ['9', ''], 9: ['9', ''] })), undefined);
  });
});
