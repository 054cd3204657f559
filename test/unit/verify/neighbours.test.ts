import assert from 'node:assert/strict';
import type { HostState } from '../../../src/host/state.ts';
import { checkNeighbours } from '../../../src/verify/neighbours.ts';
import { compiledOf } from '../../support/compiled.ts';
import { liveOf } from '../../support/live.ts';

const compiled = compiledOf(
  'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 192.168.0.0/24 }]\n',
);
const { host: target } = compiled;
const healthy = liveOf(compiled);

function said(live: HostState): string[] {
  const { result, diagnostics } = checkNeighbours({ live, target });
  assert.equal(result, 'ok');
  return diagnostics.map(({ code, detail = '', help = '' }) => `${code} ${detail} ${help}`);
}

function withIpRule(priority: number, words: string, host = healthy): HostState {
  const at = host.ipRules.findIndex((rule) => rule.priority >= priority);
  return { ...host, ipRules: host.ipRules.toSpliced(at, 0, { priority, words }) };
}

describe('the neighbours', () => {
  it('are nobody on a host that holds what the policy compiles to', () => {
    assert.deepEqual(said(healthy), []);
    assert.match(checkNeighbours({ live: healthy, target }).text, /^nobody/);
  });

  for (const [chain, user, bits] of [
    ['cali-PREROUTING', 'Calico', '0xffff0000'],
    ['CILIUM_PRE_mangle', 'Cilium', '0xffff0000'],
    ['WEAVE-IPSEC-IN', 'Weave Net', '0x60000'],
    ['APPMESH_EGRESS', 'AWS App Mesh', '0x1e770000'],
    ['pbr_prerouting', "OpenWrt's pbr", '0xff0000'],
  ] as const) {
    it(`are ${user} where there is a chain ${chain}`, () => {
      const live = liveOf(compiled, (rules) => rules.replace('*mangle\n', `*mangle\n:${chain} - [0:0]\n`));
      const [first, ...others] = said(live);
      assert.equal(others.length, 0);
      assert.ok(
        first?.startsWith(`SM4030 ${user} is here (chain ${chain}): by default it has bits ${bits} `),
        first,
      );
    });
  }

  it('are not those whose bits are no bits of a SAref', () => {
    const live = liveOf(compiled, (rules) => rules.replace('*mangle\n', '*mangle\n:KUBE-MARK - [0:0]\n'));
    assert.deepEqual(said(live), []);
  });

  for (const words of [
    'from all fwmark 0x80000/0xff0000 lookup 52', // Tailscale's bypass
    'from all fwmark 0x80000000/0x80000000 lookup 100',
    'from all fwmark 0x80120000 lookup 7',
    'not from all fwmark 0xca6c lookup 51820', // wg-quick
  ]) {
    it(`have an ip rule that takes marked packets: ${words}`, () => {
      const [first, ...others] = said(withIpRule(5210, words));
      assert.equal(others.length, 0);
      assert.ok(first?.startsWith(`SM4031 ip rule 5210: ${words}\nIt stands in front of ours`), first);
    });
  }

  for (const words of [
    'from all fwmark 0x1/0x1 lookup 7',
    'from all fwmark 0x40000/0x80040000 lookup 7',
    'from all fwmark 0x10000 lookup 7',
    'from 10.0.0.0/8 lookup 7',
  ]) {
    it(`have no such ip rule by ${words}`, () => {
      assert.deepEqual(said(withIpRule(5210, words)), []);
    });
  }

  it('may have devices with names that are not ASCII', () => {
    const words = Buffer.from('from all fwmark 0x80000/0xff0000 iif zürich lookup 7').toString('latin1');
    assert.match(said(withIpRule(5210, words)).join(), / iif zürich lookup 7\n/);
  });

  it('take nothing by an ip rule behind ours', () => {
    assert.deepEqual(said(withIpRule(32_767, 'from all fwmark 0x80000/0xff0000 lookup 52')), []);
  });

  it('may take marked packets where ours are not there', () => {
    const none = { ...healthy, ipRules: [{ priority: 32_766, words: 'from all lookup main' }] };
    assert.equal(said(withIpRule(5210, 'not from all fwmark 0xca6c lookup 51820', none)).length, 1);
  });

  it('may have rules in the other back end', () => {
    const backend = {
      name: 'legacy',
      version: 'iptables v1.8.9 (legacy)',
      save: 'iptables-legacy-save',
      restore: 'iptables-legacy-restore',
    } as const;
    const rulesPerTable = new Map([
      ['mangle', 3],
      ['filter', 1],
    ]);
    const beside = { backend, rulesPerTable, hasOurs: false };
    const { result, text, diagnostics } = checkNeighbours({ live: healthy, target, beside });
    assert.deepEqual([result, text], ['ok', '1 of the mark, the routing table or the rules']);
    assert.equal(diagnostics[0]?.code, 'SM4032');
    assert.match(String(diagnostics[0].detail), /^legacy holds rules, too \(mangle 3, filter 1\)\./);
    assert.match(String(diagnostics[0].help), /\niptables-legacy-save$/);
  });

  it('may use our routing table', () => {
    const [first] = said(withIpRule(100, 'from all to 192.0.2.1 lookup 50'));
    assert.match(first ?? '', /^SM4031 .*\nSomebody else looks up table 50/);
    assert.deepEqual(said(withIpRule(100, 'from all lookup 500')), []);
  });
});
