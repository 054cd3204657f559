import assert from 'node:assert/strict';
import { checkOver } from '../../../../src/policy/checks/over.ts';
import { checkOverlap } from '../../../../src/policy/checks/overlap.ts';
import { checkShadowedEntry } from '../../../../src/policy/checks/shadowed-entry.ts';
import type { Policy } from '../../../../src/policy/policy.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function policyWith(...entries: string[]): Policy {
  return policyOf(`version: 1\nentries:\n${entries.map((entry) => `  - { ${entry} }\n`).join('')}`);
}

function told(...entries: string[]): string[] {
  return checkOver(policyWith(...entries)).map(wordsOf);
}

const OUTER = 'conn: outer, dst: 172.16.0.0/16';

describe('checkOver', () => {
  it('has nothing against an inner conn in front of the outer one', () => {
    assert.deepEqual(told('conn: inner, over: outer, dst: 172.16.7.0/24', OUTER), []);
  });

  it('refuses a conn over itself, or over one that is over it in turn', () => {
    const itself = told('conn: outer, over: outer, dst: 192.168.0.0/24', OUTER);
    assert.deepEqual(itself, ['SM1312 outer: is the conn itself']);
    const inTurn = told(
      'conn: a, over: b, dst: 192.168.1.0/24',
      'conn: b, over: c, dst: 192.168.2.0/24',
      'conn: c, over: a, dst: 192.168.3.0/24',
      'conn: d, over: a, dst: 192.168.4.0/24',
    );
    assert.deepEqual(inTurn, [
      'SM1312 b: goes over a in turn',
      'SM1312 c: goes over b in turn',
      'SM1312 a: goes over c in turn',
    ]);
  });

  for (const inner of ['172.16.7.0/24', '172.16.0.0/16', '172.0.0.0/8']) {
    it(`refuses an outer conn in front that takes packets of ${inner}, as that and nothing else`, () => {
      const policy = policyWith(
        OUTER,
        'conn: other, dst: 10.0.0.0/8',
        `conn: inner, over: outer, dst: ${inner}, in: eth1`,
      );
      const [found, ...others] = checkOver(policy);
      assert.deepEqual(others, []);
      assert.equal(
        found && wordsOf(found),
        'SM1313 inner: is inside of outer / outer: which comes first and takes its packets',
      );
      assert.match(found?.detail ?? '', /^For example udp \S+ -> 172\.16\.\S+ in eth1: /);
      assert.deepEqual([...checkOverlap(policy), ...checkShadowedEntry(policy)], []);
    });
  }

  it('gives an example that this host makes, where there is no other', () => {
    const [found] = checkOver(
      policyWith(`${OUTER}, user: 7`, 'conn: inner, over: outer, dst: 172.16.7.0/24'),
    );
    assert.match(found?.detail ?? '', /^For example udp \S+ -> \S+ by user 7: /);
  });

  it('does not take the entry of a socket for that of a conn', () => {
    assert.deepEqual(
      told(
        'socket: saref, conn: outer, dst: 172.16.0.0/16',
        'conn: inner, over: outer, dst: 172.16.7.0/24',
        OUTER,
      ),
      [],
    );
  });

  it('does not judge an entry that cannot be read', () => {
    assert.deepEqual(told('conn: inner, over: outer, dst: nonsense', OUTER), []);
  });

  for (const way of ['src: 10.9.1.0/24', 'dst: 172.16.0.0/16, in: eth1', 'dst: 172.16.0.0/16, user: 7']) {
    it(`warns where the outer conn has no entry for IKE but { ${way} }, once`, () => {
      const found = told(
        'conn: inner, over: outer, dst: 192.168.7.0/24',
        'conn: inner, over: outer, dst: 192.168.8.0/24',
        `conn: outer, ${way}`,
      );
      assert.deepEqual(found, ['SM1526 outer: has no entry here that names a network']);
    });
  }
});
