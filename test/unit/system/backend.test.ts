import assert from 'node:assert/strict';
import { findBackend } from '../../../src/system/backend.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Execute } from '../../../src/system/execute.ts';

/** A host where these commands say these versions. */
function hostWith(versions: Readonly<Record<string, string>>): Execute {
  return ({ argv: [file] }) => {
    const stdout = versions[file];
    return Promise.resolve(
      stdout === undefined
        ? { exitCode: undefined, stdout: '', stderr: '', failure: 'missing' }
        : { exitCode: 0, stdout: `${stdout}\n`, stderr: '' },
    );
  };
}

const DEBIAN = hostWith({
  iptables: 'iptables v1.8.9 (nf_tables)',
  'iptables-legacy': 'iptables v1.8.9 (legacy)',
  'iptables-nft': 'iptables v1.8.9 (nf_tables)',
});

describe('findBackend', () => {
  it('takes what the host calls iptables', async () => {
    assert.deepEqual(await findBackend(DEBIAN, 'auto'), {
      name: 'nf_tables',
      version: 'iptables v1.8.9 (nf_tables)',
      save: 'iptables-save',
      restore: 'iptables-restore',
    });
  });

  it('takes a back end by its own name', async () => {
    const { name, save, restore } = await findBackend(DEBIAN, 'legacy');
    assert.deepEqual([name, save, restore], ['legacy', 'iptables-legacy-save', 'iptables-legacy-restore']);
  });

  it('knows that a version without a bracket is legacy', async () => {
    const old = hostWith({ iptables: 'iptables v1.6.2' });
    for (const wanted of ['auto', 'legacy'] as const) {
      const { name, save } = await findBackend(old, wanted);
      assert.deepEqual([name, save], ['legacy', 'iptables-save']);
    }
  });

  it('does not take one back end for the other', async () => {
    await assert.rejects(
      findBackend(hostWith({ iptables: 'iptables v1.8.9 (legacy)' }), 'nf_tables'),
      CommandFailed,
    );
  });

  it('fails where there is none', async () => {
    await assert.rejects(findBackend(hostWith({}), 'auto'), (error) => {
      assert.ok(error instanceof CommandFailed);
      return error.kind === 'missing';
    });
    await assert.rejects(findBackend(hostWith({ iptables: 'busybox' }), 'auto'), CommandFailed);
  });
});
