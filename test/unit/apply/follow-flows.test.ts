import assert from 'node:assert/strict';
import type { Followed } from '../../../src/apply/follow-flows.ts';
import { applyFollowingFlows } from '../../../src/apply/follow-flows.ts';
import { NO_LEDGER } from '../../../src/apply/ledger.ts';
import { aimOf } from '../../../src/flow-change.ts';
import { findBackend } from '../../../src/system/backend.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Execute } from '../../../src/system/execute.ts';
import { hostTools } from '../../../src/system/host-tools.ts';
import { compiledOf } from '../../support/compiled.ts';
import type { FakeHost } from '../../support/fake-host.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { withFault } from '../../support/faults.ts';

const POLICY = `version: 1
tracking: flow
sarefs: { a: 1, b: 2 }
entries:
  - { conn: a, dst: 192.168.0.0/24 }
  - { conn: b, dst: 192.168.1.0/24 }
`;
const MOVED = POLICY.replace('a, dst', 'b, dst');
const FLOW =
  'udp 17 29 src=10.9.1.1 dst=192.168.0.5 sport=4000 dport=53 src=192.168.0.5 dst=10.9.1.1 sport=53 dport=4000 mark=2147549184 use=1';

async function apply(execute: Execute, policy: string, ledger = NO_LEDGER): Promise<Followed> {
  const tools = hostTools(execute, { backend: await findBackend(execute, 'auto'), waitSeconds: 5 });
  return applyFollowingFlows(tools, aimOf(compiledOf(policy)), ledger);
}

async function openHost(): Promise<FakeHost> {
  const host = fakeHost();
  await apply(host.execute, POLICY);
  host.setFlows([FLOW]);
  return host;
}

describe('applyFollowingFlows', () => {
  it('ends with nothing left to do', async () => {
    const host = await openHost();
    const { applied, flows } = await apply(host.execute, MOVED);
    assert.deepEqual(flows, { translated: 0, deleted: 1 });
    assert.ok(applied.kind === 'applied');
    assert.deepEqual(
      applied.steps.map(({ tool }) => tool),
      ['iptables-restore', 'conntrack', 'iptables-restore'],
    );
    assert.doesNotMatch(host.print(), /REKEY/);
    assert.equal((await apply(host.execute, MOVED)).applied.kind, 'unchanged');
  });

  it('looks at flows even where the rules stay as they are', async () => {
    const host = await openHost();
    host.setFlows([FLOW.replace('2147549184', '2148073472')]);
    const { applied, flows } = await apply(host.execute, POLICY);
    assert.deepEqual([applied.kind, flows.deleted], ['applied', 1]);
  });

  it('keeps a translation for flows that are silent', async () => {
    const host = await openHost();
    const rekeyed = POLICY.replace('a: 1', 'a: 11');
    assert.equal((await apply(host.execute, rekeyed)).flows.translated, 1);
    assert.match(host.print(), /REKEY/);
    assert.equal((await apply(host.execute, rekeyed)).applied.kind, 'unchanged');
    host.setFlows([]);
    assert.equal((await apply(host.execute, rekeyed)).applied.kind, 'applied');
    assert.doesNotMatch(host.print(), /REKEY/);
  });

  it('applies without conntrack, and says what that means', async () => {
    const host = await openHost();
    host.setFlows(undefined);
    const { applied, diagnostics } = await apply(host.execute, MOVED);
    assert.deepEqual([applied.kind, diagnostics.map(({ code }) => code)], ['applied', ['SM3101']]);
    assert.equal((await apply(host.execute, MOVED)).applied.kind, 'unchanged');
  });

  it('does not ask for flows where none has a memory', async () => {
    const host = fakeHost();
    await apply(host.execute, POLICY.replace('flow', 'packet'));
    assert.ok(host.log.every((line) => !line.startsWith('conntrack')));
  });

  it('leaves the new rules where conntrack fails: active flows are decided anew by them', async () => {
    const host = await openHost();
    const execute = withFault(host.execute, 1, 'fails before');
    const { applied, diagnostics } = await apply(execute, MOVED);
    assert.deepEqual([applied.kind, diagnostics.map(({ code }) => code)], ['applied', ['SM3101']]);
    assert.match(host.print(), /REKEY/);
  });

  it('leaves them too where the last of it cannot be written', async () => {
    const host = await openHost();
    const execute = withFault(host.execute, 2, 'is locked out');
    const { applied, diagnostics } = await apply(execute, MOVED);
    assert.deepEqual([applied.kind, diagnostics.map(({ code }) => code)], ['applied', ['SM3101']]);
    assert.equal((await apply(host.execute, MOVED)).applied.kind, 'applied');
    assert.doesNotMatch(host.print(), /REKEY/);
  });

  it('takes away what running flows alone needed although nobody can be told any more', async () => {
    const host = await openHost();
    let isFull = false;
    const { applied, diagnostics } = await apply(host.execute, MOVED, {
      note() {
        if (isFull) return Promise.reject(new Error('no space left on device'));
        isFull = true;
        return Promise.resolve();
      },
    });
    assert.deepEqual([applied.kind, diagnostics], ['applied', []]);
    assert.doesNotMatch(host.print(), /REKEY/);
  });

  it('gives back what applying came to where it fails', async () => {
    const host = await openHost();
    const before = host.print();
    const execute = withFault(host.execute, 0, 'is killed after');
    assert.equal((await apply(execute, MOVED)).applied.kind, 'undone');
    assert.equal(host.print(), before);
  });

  it('leaves a host that cannot be read to those who say so', async () => {
    const host = await openHost();
    const execute: Execute = async (command) =>
      command.argv[0] === 'iptables-save' ? { exitCode: 0, stdout: '', stderr: '' } : host.execute(command);
    assert.equal((await apply(execute, MOVED)).applied.kind, 'refused');
  });

  it('does not hide what is no failure of a command', async () => {
    const host = await openHost();
    const execute: Execute = (command) =>
      command.argv[1] === '-D' ? Promise.reject(new TypeError('a bug')) : host.execute(command);
    await assert.rejects(apply(execute, MOVED), TypeError);
    const unable: Execute = async (command) =>
      command.argv[0] === 'conntrack' ? { exitCode: 1, stdout: '', stderr: 'no\n' } : host.execute(command);
    await assert.rejects(apply(unable, MOVED), CommandFailed);
  });
});
