import assert from 'node:assert/strict';
import type { Packet } from '../../../src/domain/packet.ts';
import { decide } from '../../../src/plan/decide.ts';
import { compiledOf } from '../../support/compiled.ts';
import { forwarded, packet, withoutPorts } from '../../support/packets.ts';

const { plan } = compiledOf(`version: 1
sarefs:
  inner: 1
  outer: { refhim: 2, peer: 203.0.113.7 }
  other: 3
entries:
  - { conn: inner, over: outer, dst: 172.16.7.0/24 }
  - { conn: other, dst: 172.16.9.0/24 }
  - { conn: outer, dst: [172.16.0.0/16, 203.0.113.0/24] }
  - { conn: outer, src: 10.9.1.0/24, dst: 0.0.0.0/0 }
`);

describe('IKE of this host', () => {
  const ike = (dst: string, parts: Parameters<typeof packet>[0] = {}): Packet =>
    packet({ dst, sport: 500, dport: 500, ...parts });

  const cases: readonly (readonly [string, Packet, number])[] = [
    ['goes by the outer conn to a peer in a network of it', ike('172.16.1.1'), 0x80020000],
    ['does so on the ports of NAT-T', ike('172.16.1.1', { sport: 4500, dport: 4500 }), 0x80020000],
    ['goes by the outer conn, and not by the inner one or others', ike('172.16.7.1'), 0x80020000],
    ['is asked of no entry of other conns', ike('172.16.9.1'), 0x80020000],
    ['does not go into the tunnel that it is for', ike('203.0.113.7'), 0],
    ['goes by it to the neighbours of that peer', ike('203.0.113.8'), 0x80020000],
    ['is not led by an entry for every destination', ike('8.8.8.8'), 0],
    ['is left alone where it is for this host', ike('172.16.1.1', { dstIsLocal: true }), 0],
    ['is an entry’s where it is forwarded', forwarded({ dst: '172.16.7.1', dport: 500 }), 0x80010000],
  ];
  for (const [title, one, nfmark] of cases) {
    it(title, () => {
      assert.equal(decide(plan, one).nfmark, nfmark);
    });
  }

  it('is not followed by ESP and AH, which mast makes itself', () => {
    for (const protocol of [50, 51])
      assert.equal(decide(plan, withoutPorts(packet({ dst: '172.16.1.1', protocol }))).nfmark, 0);
  });

  it('has no leader in a plan without tunnels in tunnels', () => {
    const { plan: plain } = compiledOf(
      'version: 1\nsarefs: { outer: 2 }\nentries: [{ conn: outer, dst: 172.16.0.0/16 }]\n',
    );
    assert.equal(decide(plain, ike('172.16.1.1')).nfmark, 0);
  });
});
