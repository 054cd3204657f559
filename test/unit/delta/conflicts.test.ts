import assert from 'node:assert/strict';
import { findConflicts } from '../../../src/delta/conflicts.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const { host: ours } = compiledOf(
  'version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n',
);

function conflictsWith(mangle: string): Diagnostic[] {
  return findConflicts(hostOf({ mangle }), ours);
}

/** Openswan's _updown.mast with sareftrack=conntrack. */
const TRACKING = `
:IPSEC - [0:0]
-A IPSEC -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff
-A IPSEC -m mark --mark 0x80000000/0x80000000 -j RETURN
-A IPSEC -j NEW_IPSEC_CONN
-A IPSEC -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
`;

describe('findConflicts', () => {
  it('finds what the stock script leaves with sareftrack=conntrack', () => {
    const diagnostics = conflictsWith(TRACKING);
    assert.equal(diagnostics.length, 1);
    const [conflict] = diagnostics;
    assert.deepEqual([conflict?.code, conflict?.labels], ['SM2003', []]);
    assert.equal(
      conflict?.detail,
      [
        'The chain IPSEC holds rules that change marks, or may, after our entries have set them:',
        '    -A IPSEC -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
        '    -A IPSEC -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
      ].join('\n'),
    );
    assert.match(String(conflict.help), /iptables -t mangle -F IPSEC$/);
  });

  it('finds the rules of a script that has one chain alone', () => {
    const rule = '-s 10.9.1.0/24 -d 192.168.0.0/24 -j MARK --set-xmark 0x80010000/0xffffffff';
    assert.match(
      String(conflictsWith(`:IPSEC - [0:0]\n-A IPSEC ${rule}`)[0]?.detail),
      /\n {4}-A IPSEC -s 10/,
    );
  });

  it('has nothing against a host without the chain, nor against our own frame', () => {
    assert.deepEqual(conflictsWith(''), []);
    assert.deepEqual(findConflicts(ours, ours), []);
  });

  it('has nothing against foreign rules that leave marks alone', () => {
    const rules = ['-j ACCEPT', '-j OTHER', '-j DSCP --set-dscp 0x2e', '-s 10.9.1.0/255.0.255.0 -j MARK'];
    assert.deepEqual(conflictsWith(rules.map((rule) => `-A IPSEC ${rule}`).join('\n')), []);
  });

  it('takes a rule that nobody can read for one that changes marks', () => {
    const rule = '-A IPSEC -s some.name -j RETURN';
    assert.ok(conflictsWith(rule)[0]?.detail?.endsWith(rule));
  });

  it('finds the rules without a guard of Openswan 2.6.28, and names their chain', () => {
    const rule = '-s 10.9.1.0/24 -d 192.168.0.0/24 -j MARK --set-xmark 0x80010000/0xffffffff';
    const diagnostics = conflictsWith(`-A NEW_IPSEC_CONN ${rule}`);
    assert.deepEqual(
      diagnostics.map(({ detail }) => detail),
      [
        `The chain NEW_IPSEC_CONN holds rules that change marks, or may, after our entries have set them:\n    -A NEW_IPSEC_CONN ${rule}`,
      ],
    );
    assert.match(String(diagnostics[0]?.help), /iptables -t mangle -F NEW_IPSEC_CONN$/);
  });

  it('reports each chain by itself', () => {
    const both = `${TRACKING}-A NEW_IPSEC_CONN -j MARK --set-xmark 0x1/0xffffffff`;
    assert.equal(conflictsWith(both).length, 2);
  });

  it('has nothing against rules that mark only what has no mark yet', () => {
    const guard = '-m mark --mark 0x0/0x80000000';
    assert.deepEqual(
      conflictsWith(`-A NEW_IPSEC_CONN ${guard} -m comment --comment a -j MARK --set-xmark 0x80010000/0xffffffff
        -A IPSEC ${guard} -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff`),
      [],
    );
  });

  const others = ['--mark 0x80000000/0x80000000', '! --mark 0x0/0x80000000', '--mark 0x0/0xff', ''];
  for (const question of others) {
    it(`does not take for a guard: ${`-m mark ${question}`.trimEnd()}`, () => {
      const rule = `-m mark ${question} -j MARK --set-xmark 0x80010000/0xffffffff`;
      assert.equal(conflictsWith(`-A NEW_IPSEC_CONN ${rule}`).length, 1);
    });
  }

  it('has nothing against marks in the chains of others', () => {
    assert.deepEqual(conflictsWith(':OTHER - [0:0]\n-A OTHER -j MARK --set-xmark 0x1/0xffffffff'), []);
  });

  it('knows our own rules, should one of them set a mark', () => {
    const mangle = '-A IPSEC -j MARK --set-xmark 0x1/0xff';
    assert.deepEqual(findConflicts(hostOf({ mangle }), hostOf({ mangle })), []);
  });

  it('asks for nothing of ours where we have no such chain', () => {
    assert.equal(findConflicts(hostOf({ mangle: TRACKING }), hostOf()).length, 1);
  });
});
