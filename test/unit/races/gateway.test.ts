import assert from 'node:assert/strict';
import { lossesOf, ownersOf } from '../../../races/gateway.ts';

const OURS = [
  '-A PREROUTING -j IPSEC',
  '-A OUTPUT -j IPSEC',
  '-A IPSEC -j NEW_IPSEC_CONN',
  '-A NEW_IPSEC_CONN -m comment --comment saref-mark -j SAREF-ENTRIES',
  '-A SAREF-ENTRIES -d 10.77.0.0/24 -m comment --comment a -j MARK --set-xmark 0x80010000/0xffff0000',
];
const THEIRS = [
  '-A PREROUTING -p icmp -j RETURN',
  '-A NEW_IPSEC_CONN -d 10.0.0.0/24 -m comment --comment b -j MARK --set-xmark 0x80020000/0xffffffff',
];

function losses(rules: readonly string[], routing = 'as ever'): string[] {
  const expected = { ours: [OURS.join('\n')], theirs: THEIRS, routing: 'as ever' };
  const table = ['*mangle', ':PREROUTING ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
  return lossesOf({ ...ownersOf(table), routing }, expected);
}

describe('the races', () => {
  it('lose nothing where all of both is there, each in its order', () => {
    assert.deepEqual(losses([...OURS, ...THEIRS]), []);
    assert.deepEqual(losses([...THEIRS, ...OURS]), []);
  });

  it('see each rule that is missing', () => {
    const all = [...OURS, ...THEIRS];
    for (const [index, rule] of all.entries()) {
      const [loss = '', ...others] = losses(all.toSpliced(index, 1));
      assert.match(loss, OURS.includes(rule) ? /^ours:/ : /^theirs:/, rule);
      assert.deepEqual(others, []);
    }
  });

  it('see a rule that is there twice, and two that have changed places', () => {
    const [first = '', second = ''] = THEIRS;
    assert.match(losses([...OURS, first, ...THEIRS]).join(), /^theirs:/);
    assert.match(losses([...OURS, second, first]).join(), /^theirs:/);
    assert.match(losses([...OURS.toReversed(), ...THEIRS]).join(), /^ours:/);
  });

  it('see that the routing is another one', () => {
    assert.match(losses([...OURS, ...THEIRS], 'another').join(), /^routing:/);
  });
});
