import assert from 'node:assert/strict';
import { checkOuterPeer } from '../../../../src/plan/checks/outer-peer.ts';
import { parsePlutoStatus } from '../../../../src/plan/pluto-status.ts';
import type { SarefTable } from '../../../../src/plan/saref-table.ts';
import { tableOfStatus } from '../../../../src/plan/saref-table.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function told(sarefs: string, own = ''): string[] {
  const policy = policyOf(`version: 1
sarefs: ${sarefs}
entries:
  - { conn: inner, over: outer, dst: 192.168.7.0/24 }
  - { conn: inner, over: outer, dst: 192.168.8.0/24 }
  - { conn: outer, dst: 172.16.0.0/16${own} }
`);
  assert.ok(policy.sarefs !== 'pluto');
  return checkOuterPeer(policy, { kind: 'map', lines: policy.sarefs }).map(wordsOf);
}

function toldByPluto(status: string): string[] {
  const policy = policyOf(`version: 1
sarefs: pluto
entries:
  - { conn: inner, over: outer, dst: 192.168.7.0/24 }
`);
  const table: SarefTable = tableOfStatus(parsePlutoStatus({ name: 'status', text: status }));
  return checkOuterPeer(policy, table).map(wordsOf);
}

describe('checkOuterPeer', () => {
  it('is content with a peer in the table, or in an entry of the conn', () => {
    assert.deepEqual(told('{ inner: 1, outer: { refhim: 2, peer: 203.0.113.7 } }'), []);
    assert.deepEqual(told('{ inner: 1 }', ', saref: { refhim: 2, peer: 203.0.113.7 }'), []);
  });

  it('warns once where nobody says the peer', () => {
    assert.deepEqual(told('{ inner: 1, outer: 2 }'), ['SM1527 outer: has a peer that nobody names']);
  });

  it('has nothing to say of a conn that is down', () => {
    assert.deepEqual(told('{ inner: 1, outer: down }'), []);
  });

  it('refuses a conn that the table lacks, and finds a similar one', () => {
    assert.deepEqual(told('{ inner: 1 }'), ['SM1301 outer: is not in sarefs']);
    assert.deepEqual(told('{ inner: 1, router: 2 }'), ['SM1301 outer: is not in sarefs']);
  });

  it('takes the peer from pluto, if it has an address of IPv4', () => {
    const sa = (peer: string): string =>
      `000 #2: "outer" esp.1@${peer} esp.2@192.1.2.23 tun.1001@${peer} tun.1002@192.1.2.23 ref=3 refhim=1\n`;
    assert.deepEqual(toldByPluto(sa('203.0.113.7')), []);
    assert.deepEqual(toldByPluto(sa('2001:db8::7')), ['SM1527 outer: has a peer that nobody names']);
    assert.deepEqual(
      toldByPluto('000 "other": 10.0.0.0/8===1.2.3.4<1.2.3.4>...5.6.7.8<5.6.7.8>; unrouted\n'),
      [],
    );
  });
});
