import assert from 'node:assert/strict';
import type { Execute, Outcome } from '../../../src/system/execute.ts';
import { capabilitiesIn, offerOf } from '../../../src/system/offer.ts';

const MISSING: Outcome = { exitCode: undefined, stdout: '', stderr: '', failure: 'missing' };

/** A host with these tools and no others. */
function hostWith(answers: Readonly<Record<string, string>>): Execute {
  return ({ argv }) => {
    const stdout = answers[argv.join(' ')];
    return Promise.resolve(stdout === undefined ? MISSING : { exitCode: 0, stdout, stderr: '' });
  };
}

async function rowsOf(answers: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const offered = await offerOf(hostWith(answers));
  return new Map(offered.map(({ name, text }) => [name, text]));
}

const NFT = { 'iptables -V': 'iptables v1.8.9 (nf_tables)\n', 'iptables-save': '' };
const LEGACY = { 'iptables-legacy -V': 'iptables v1.8.9 (legacy)\n' };

describe('offerOf', () => {
  it('says what tools there are, and which are missing', async () => {
    const rows = await rowsOf({
      ...{ ...NFT, 'ip -V': 'ip utility, iproute2-6.1.0\n' },
      'conntrack --version': 'conntrack v1.4.7 (conntrack-tools)\n',
    });
    assert.deepEqual(
      ['iptables', 'other back end', 'ip', 'ipset', 'conntrack'].map((name) => rows.get(name)),
      [
        ...['iptables v1.8.9 (nf_tables)', 'missing', 'ip utility, iproute2-6.1.0', 'missing'],
        'conntrack v1.4.7 (conntrack-tools)',
      ],
    );
  });

  it('says which back end is in use, or that nobody knows', async () => {
    const rules = '*mangle\n-A FORWARD -j DROP\nCOMMIT\n';
    const inUse = await rowsOf({ ...NFT, ...LEGACY, 'iptables-legacy-save': rules });
    assert.deepEqual(
      [inUse.get('iptables'), inUse.get('other back end')],
      ['iptables v1.8.9 (legacy)', 'iptables v1.8.9 (nf_tables)'],
    );
    const both = { ...NFT, ...LEGACY, 'iptables-legacy-save': rules, 'iptables-save': rules };
    assert.match((await rowsOf(both)).get('iptables') ?? '', /^both back ends hold rules/);
    assert.equal((await rowsOf({})).get('iptables'), 'missing');
  });
});

describe('capabilitiesIn', () => {
  it('names those that are held, and what those are for that are not', () => {
    assert.equal(
      capabilitiesIn('Name:\tnode\nCapPrm:\t0000000000000000\nCapEff:\t0000000000003000\n'),
      'CAP_NET_ADMIN, CAP_NET_RAW, no CAP_SYS_ADMIN (namespaces, where users may not make them)',
    );
    assert.match(capabilitiesIn('CapEff:\t0000000000000000\n'), /^no CAP_NET_ADMIN /);
    assert.doesNotMatch(capabilitiesIn('CapEff:\t000001ffffffffff\n'), /no /);
  });
});
