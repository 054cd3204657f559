import assert from 'node:assert/strict';
import type { BackendName } from '../../../src/system/backend.ts';
import { BackendAmbiguous, backendInUse, OursElsewhere } from '../../../src/system/backend-in-use.ts';
import type { Execute, Outcome } from '../../../src/system/execute.ts';

const MISSING: Outcome = { exitCode: undefined, stdout: '', stderr: '', failure: 'missing' };

function saved(...lines: readonly string[]): Partial<Outcome> {
  return { stdout: ['*mangle', ...lines, 'COMMIT', ''].join('\n') };
}

const RULE = saved('-A OUTPUT -j ACCEPT');
const OURS = saved(':SAREF-ENTRIES - [0:0]', '-A OUTPUT -j IPSEC');
const UNREADABLE = { stdout: "# Table `filter' is incompatible, use 'nft' tool.\n" };

/** A host that has both, and calls nf_tables iptables. */
function hostWith(held: Readonly<Partial<Record<BackendName, Partial<Outcome>>>>): Execute {
  const answers: Readonly<Record<string, Partial<Outcome>>> = {
    'iptables -V': { stdout: 'iptables v1.8.9 (nf_tables)\n' },
    'iptables-nft -V': { stdout: 'iptables v1.8.9 (nf_tables)\n' },
    'iptables-legacy -V': { stdout: 'iptables v1.8.9 (legacy)\n' },
    'iptables-save': held.nf_tables ?? {},
    'iptables-nft-save': held.nf_tables ?? {},
    'iptables-legacy-save': held.legacy ?? {},
  };
  return ({ argv }) => {
    const answer = answers[argv.join(' ')];
    return Promise.resolve(
      answer === undefined ? MISSING : { exitCode: 0, stdout: '', stderr: '', ...answer },
    );
  };
}

async function chosen(execute: Execute, wanted: BackendName | 'auto' = 'auto'): Promise<string> {
  return (await backendInUse(execute, wanted)).save;
}

describe('backendInUse', () => {
  it('takes what the host calls iptables where neither holds rules, or that one does', async () => {
    assert.equal(await chosen(hostWith({})), 'iptables-save');
    assert.equal(await chosen(hostWith({ legacy: saved() })), 'iptables-save');
    assert.equal(await chosen(hostWith({ nf_tables: RULE })), 'iptables-save');
  });

  it('takes the other one where that alone holds rules', async () => {
    assert.equal(await chosen(hostWith({ legacy: RULE })), 'iptables-legacy-save');
  });

  it('does not choose where both do, and tells what they hold', async () => {
    for (const nf_tables of [RULE, UNREADABLE])
      await assert.rejects(chosen(hostWith({ legacy: RULE, nf_tables })), (error) => {
        assert.ok(error instanceof BackendAmbiguous);
        const held = error.holdings.map(({ backend, rulesPerTable }) => [backend.name, rulesPerTable.size]);
        assert.deepEqual(held, [
          ['nf_tables', 1],
          ['legacy', 1],
        ]);
        return true;
      });
  });

  it('takes the one that is asked for, whatever the other holds', async () => {
    const host = hostWith({ legacy: RULE, nf_tables: RULE });
    assert.equal(await chosen(host, 'legacy'), 'iptables-legacy-save');
    assert.equal(await chosen(host, 'nf_tables'), 'iptables-nft-save');
  });

  it('takes none while the other holds chains of ours', async () => {
    await assert.rejects(chosen(hostWith({ legacy: OURS }), 'nf_tables'), OursElsewhere);
  });

  it('takes what cannot be listed for empty', async () => {
    for (const stderr of [
      "can't initialize iptables table `filter': Table does not exist",
      'Failed to list table names in /proc/net/ip_tables_names: Permission denied',
    ])
      assert.equal(
        await chosen(hostWith({ legacy: { exitCode: 1, stderr }, nf_tables: RULE })),
        'iptables-save',
      );
  });
});
