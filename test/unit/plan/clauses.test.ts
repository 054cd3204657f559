import assert from 'node:assert/strict';
import { selectorText } from '../../../src/domain/selector-text.ts';
import { clausesOf, decisionsOf } from '../../../src/plan/clauses.ts';
import type { Clause } from '../../../src/plan/clauses.ts';
import { compiledOf } from '../../support/compiled.ts';

function wordsOf({ selector, outcome }: Clause): string {
  return `${selectorText(selector)}: ${outcome?.conn ?? 'nothing'}`;
}

describe('clausesOf', () => {
  it('has the IKE of inner conns in front, what it is not, and then what is never marked', () => {
    const { plan } = compiledOf(`version: 1
mast: { ike-ports: [500] }
sarefs: { inner: 1, outer: { refhim: 2, peer: 172.16.0.7 } }
entries:
  - { conn: inner, over: outer, dst: 192.168.7.0/24 }
  - { conn: outer, dst: 172.16.0.0/16, proto: udp, dport: 500-600 }
  - { conn: outer, dst: 172.17.0.0/16, proto: udp, dport: 1-9 }
`);
    assert.deepEqual(clausesOf(plan).map(wordsOf), [
      'udp from port 500 to 172.16.0.7 made on this host: nothing',
      'udp 500 to 172.16.0.7 made on this host: nothing',
      'udp 500-600 from port 500 to 172.16.0.0/16 made on this host: outer',
      'udp 500 to 172.16.0.0/16 made on this host: outer',
      'udp 1-9 from port 500 to 172.17.0.0/16 made on this host: outer',
      'udp from port 500 made on this host: nothing',
      'udp 500 made on this host: nothing',
      'esp made on this host: nothing',
      'ah made on this host: nothing',
      'everything to 192.168.7.0/24: inner',
      'udp 500-600 to 172.16.0.0/16: outer',
      'udp 1-9 to 172.17.0.0/16: outer',
    ]);
  });

  it('leaves what comes out of tunnels to clauses of their own', () => {
    const { plan } = compiledOf(`version: 1
mast: { ike-ports: [] }
sarefs: { a: 1 }
entries: [{ conn: a, dst: 10.1.0.0/16, in: mast0 }, { conn: a, dst: 10.0.0.0/8 }]
`);
    const { clauses, onward } = decisionsOf(plan);
    assert.deepEqual(onward.map(wordsOf), ['everything to 10.1.0.0/16 in mast0: a']);
    assert.deepEqual(clauses.map(wordsOf).at(-1), 'everything to 10.0.0.0/8: a');
  });
});
