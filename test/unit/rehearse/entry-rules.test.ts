import assert from 'node:assert/strict';
import { markingRules, setAside } from '../../../src/rehearse/entry-rules.ts';
import { compiledOf } from '../../support/compiled.ts';

const { plan, host } = compiledOf(`version: 1
sarefs: { a: 1, b: 2 }
entries:
  - { conn: a, src: [10.9.1.0/24, 10.9.2.0/24], dst: [192.168.0.0/24, 192.168.7.0/24] }
  - { conn: b, dst: 192.168.9.0/24, proto: tcp, dport: 80 }
`);

describe('the rules that mark', () => {
  it('are all rules of all entries, the last one of a chain first', () => {
    const rules = markingRules(host);
    const conns = rules.map(({ origin }) => plan.entries.find((entry) => entry.origin === origin)?.conn);
    assert.deepEqual(conns, ['b', 'a', 'a', 'a', 'a']);
    const [last = 0] = rules.map(({ number }) => number);
    assert.deepEqual(
      rules.map(({ chain, number }) => [chain, number]),
      [0, 1, 2, 3, 4].map((before) => ['SAREF-ENTRIES', last - before]),
    );
  });

  it('are set aside by dropping who still needs them', () => {
    assert.deepEqual(setAside(host), [{ text: '-I SAREF-ENTRIES 1 -m mark --mark 0x0/0x80000000 -j DROP' }]);
  });
});
