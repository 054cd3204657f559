import assert from 'node:assert/strict';
import { rulesIn } from '../../../src/host/state.ts';
import { besideOthers } from '../../../src/lower/beside-others.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const COMPILED = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.0.0.0/8 }]\n');
const OURS = '-m comment --comment saref-mark';
const GUARDS = [
  `-m mark --mark 0x80000000/0x80000000 ${OURS} -j RETURN`,
  `-m addrtype --dst-type LOCAL ${OURS} -j RETURN`,
  `-p udp -m multiport --ports 500,4500 -m addrtype --src-type LOCAL ${OURS} -j RETURN`,
  `-p esp -m addrtype --src-type LOCAL ${OURS} -j RETURN`,
  `-p ah -m addrtype --src-type LOCAL ${OURS} -j RETURN`,
];

/** Whether guards are put behind ours where this rule is in the chain: for what is marked, and what is to go unmarked. */
function isGuardedFrom(rule: string, chain = 'NEW_IPSEC_CONN'): boolean {
  const target = besideOthers(COMPILED, hostOf({ mangle: `-A ${chain} ${rule}` }));
  const [, ...behind] = rulesIn(target, chain).map(({ text }) => text);
  assert.ok(behind.length === 0 || behind.join('\n') === GUARDS.join('\n'), behind.join('\n'));
  return behind.length > 0;
}

describe('besideOthers', () => {
  const mark = '-j MARK --set-xmark 0x80050000/0xffffffff';

  it('leaves the frame as it is where nobody has rules in it', () => {
    assert.deepEqual(besideOthers(COMPILED, hostOf()), COMPILED.host);
  });

  for (const rule of [
    mark,
    `-m mark --mark 0x0/0x80000000 ${mark}`,
    '-j CONNMARK --restore-mark',
    '-j LATER',
    '-g LATER',
    '-j NFX --x 1',
    '-s a b',
  ]) {
    it(`puts guards in front of ${rule}`, () => {
      assert.ok(isGuardedFrom(rule));
      assert.ok(isGuardedFrom(`-d 10.1.1.1/32 ${mark}`, 'IPSEC'));
    });
  }

  for (const rule of ['-j ACCEPT', '-p udp', '-j SAREF-OLD', ...GUARDS]) {
    it(`puts none in front of ${rule}`, () => {
      assert.ok(!isGuardedFrom(rule));
    });
  }

  it('keeps the frame of sareftrack=conntrack in a chain that nobody jumps to', () => {
    const masks = '--nfmask 0xffffffff --ctmask 0xffffffff';
    const frame = [
      `-j CONNMARK --restore-mark ${masks}`,
      '-m mark --mark 0x80000000/0x80000000 -j RETURN',
      '-j NEW_IPSEC_CONN',
      `-j CONNMARK --save-mark ${masks}`,
    ];
    const lines = (chain: string): string => frame.map((text) => `-A ${chain} ${text}`).join('\n');
    for (const chain of ['IPSEC', 'SAREF-STOCK']) {
      const target = besideOthers(COMPILED, hostOf({ mangle: `:NEW_IPSEC_CONN - [0:0]\n${lines(chain)}` }));
      assert.deepEqual(
        rulesIn(target, 'SAREF-STOCK').map(({ text }) => text),
        frame,
      );
      assert.deepEqual(rulesIn(target, 'IPSEC'), rulesIn(COMPILED.host, 'IPSEC'));
    }
  });
});
