import assert from 'node:assert/strict';
import { applyHost } from '../../../src/apply/apply.ts';
import { findBackend } from '../../../src/system/backend.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Execute } from '../../../src/system/execute.ts';
import type { HostTools } from '../../../src/system/host-tools.ts';
import { hostTools } from '../../../src/system/host-tools.ts';
import { GOAL } from '../../support/apply-suite.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { faultSuite } from '../../support/fault-suite.ts';

async function toolsOf(execute: Execute): Promise<HostTools> {
  return hostTools(execute, { backend: await findBackend(execute, 'auto'), waitSeconds: 5 });
}

describe('a fault while applying, on the fake host,', () => {
  faultSuite(() => Promise.resolve({ ...fakeHost(), close: () => Promise.resolve() }), 'auto');
});

describe('a fault of which not all can be undone', () => {
  it('is told with both causes', async () => {
    const host = fakeHost();
    const before = host.print();
    const execute: Execute = (command) =>
      command.argv.includes('del') || command.argv[0] === 'iptables-restore'
        ? Promise.resolve({ exitCode: 2, stdout: '', stderr: 'no\n' })
        : host.execute(command);
    const applied = await applyHost(await toolsOf(execute), GOAL);
    assert.ok(applied.kind === 'not undone');
    assert.ok(applied.cause instanceof CommandFailed && applied.undoCause instanceof CommandFailed);
    assert.notEqual(host.print(), before);
  });
});

describe('a host that cannot be read back', () => {
  for (const [which, kind] of [
    [2, 'undone'],
    [3, 'applied'],
  ] as const) {
    it(`is ${kind} when reading ${String(which)} fails`, async () => {
      const host = fakeHost();
      const before = host.print();
      let readings = 0;
      const execute: Execute = (command) => {
        if (command.argv[0] === 'iptables-save') readings += 1;
        const isBroken = command.argv[0] === 'iptables-save' && readings === which;
        return isBroken
          ? Promise.resolve({ exitCode: 1, stdout: '', stderr: 'no\n' })
          : host.execute(command);
      };
      const applied = await applyHost(await toolsOf(execute), GOAL);
      assert.equal(applied.kind, kind);
      assert.equal(host.print() === before, kind === 'undone');
    });
  }
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
