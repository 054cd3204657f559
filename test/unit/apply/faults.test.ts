import assert from 'node:assert/strict';
import { applyHost } from '../../../src/apply/apply.ts';
import { findBackend } from '../../../src/system/backend.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Execute } from '../../../src/system/execute.ts';
import type { HostTools } from '../../../src/system/host-tools.ts';
import { hostTools } from '../../../src/system/host-tools.ts';
import { GOAL } from '../../support/apply-suite.ts';
import type { FakeHost, Fault } from '../../support/fake-host.ts';
import { fakeHost } from '../../support/fake-host.ts';

async function toolsOf(execute: Execute): Promise<HostTools> {
  return hostTools(execute, { backend: await findBackend(execute, 'auto'), waitSeconds: 5 });
}

/** A host that others use too, in its old state and in the new one. */
async function openHost(): Promise<{ host: FakeHost; tools: HostTools }> {
  const host = fakeHost();
  const tools = await toolsOf(host.execute);
  await tools.restore('*mangle\n:OTHERS - [0:0]\n-A OTHERS -j RETURN\n-A OUTPUT -j OTHERS\nCOMMIT\n');
  return { host, tools };
}

const { host: done, tools: doneTools } = await openHost();
const OLD = done.print();
const before = done.log.length;
await applyHost(doneTools, GOAL);
const NEW = done.print();
const WRITES = done.log
  .slice(before)
  .filter((line) => /restore|-4 (rule|route|link) (add|del|set)|sysctl -w/.test(line));

const FAULTS: readonly Fault[] = [
  'fails before',
  'fails after',
  'killed before',
  'killed after',
  'lies',
  'locked',
];

describe('a fault while applying', () => {
  it('has many places to happen', () => {
    assert.ok(WRITES.length >= 8, WRITES.join('\n'));
    assert.notEqual(OLD, NEW);
  });

  WRITES.forEach((command, write) => {
    for (const fault of FAULTS) {
      // the first two look as if somebody else had written in between, and are tried again
      const isTriedAgain = fault === 'lies' || fault === 'fails after';
      it(`leaves the ${isTriedAgain ? 'new' : 'old'} state when it ${fault}: ${command}`, async () => {
        const { host, tools } = await openHost();
        host.breakAt(write, fault);
        const applied = await applyHost(tools, GOAL);
        assert.equal(host.print(), isTriedAgain ? NEW : OLD);
        if (isTriedAgain) {
          assert.equal(applied.kind, 'applied');
          return;
        }
        assert.ok(applied.kind === 'undone' || applied.kind === 'failed', applied.kind);
        // what wrote nothing says so, and what wrote something does not
        const wroteNothing = write === 0 && !fault.endsWith('after');
        assert.equal(applied.kind === 'failed', wroteNothing);
        if (fault === 'locked')
          assert.ok(applied.cause instanceof CommandFailed && applied.cause.kind === 'locked');
      });
    }
  });

  it('is told with both causes when the undoing fails, too', async () => {
    const { host, tools } = await openHost();
    const last = WRITES.length - 1;
    host.breakAt(last, 'fails before');
    const execute: Execute = (command) =>
      command.argv.includes('del')
        ? Promise.resolve({ exitCode: 2, stdout: '', stderr: 'no\n' })
        : host.execute(command);
    const applied = await applyHost(await toolsOf(execute), GOAL);
    assert.ok(applied.kind === 'not undone');
    assert.ok(applied.cause instanceof CommandFailed && applied.undoCause instanceof CommandFailed);
    assert.notEqual(host.print(), OLD);
    assert.ok(tools.backend.name === 'nf_tables');
  });
});

describe('a host that cannot be read', () => {
  const lies = [
    ['incompatible', "# Table `mangle' is incompatible, use 'nft' tool.\n"],
    ['cut off', '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j IPSEC\n'],
    ['empty', ''],
  ] as const;
  for (const [what, text] of lies) {
    it(`is not written to when its table is ${what} and iptables-save exits 0`, async () => {
      const host = fakeHost();
      const execute: Execute = (command) =>
        command.argv[0] === 'iptables-save'
          ? Promise.resolve({ exitCode: 0, stdout: text, stderr: '' })
          : host.execute(command);
      const applied = await applyHost(await toolsOf(execute), GOAL);
      assert.ok(applied.kind === 'refused' && applied.diagnostics[0]?.code === 'SM2001');
      assert.equal(host.print(), fakeHost().print());
    });
  }

  it('is not trusted when iptables-save complains, whatever its exit code', async () => {
    const host = fakeHost();
    const execute: Execute = async (command) => ({
      ...(await host.execute(command)),
      ...(command.argv[0] === 'iptables-save' && { stderr: 'Parsing nftables rule failed\n' }),
    });
    await assert.rejects(applyHost(await toolsOf(execute), GOAL), CommandFailed);
    assert.equal(host.print(), fakeHost().print());
  });
});
