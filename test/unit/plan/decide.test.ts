import assert from 'node:assert/strict';
import { addressText } from '../../../src/domain/cidr.ts';
import type { Packet } from '../../../src/domain/packet.ts';
import { decide } from '../../../src/plan/decide.ts';
import { compiledOf } from '../../support/compiled.ts';
import { forwarded, packet, withoutPorts } from '../../support/packets.ts';

const { plan } = compiledOf(`version: 1
mast: { ike-ports: [500, 4501] }
sarefs: { first: 1, second: 2, last: 32767, spare: down, dead: down }
entries:
  - { conn: spare, dst: 192.168.0.0/24, down: skip }
  - { conn: first, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
  - { conn: second, src: 10.9.0.0/16 }
  - { conn: dead, dst: 172.20.0.0/16 }
  - { conn: last, dst: 192.168.0.0/16 }
`);

function markOf(one: Packet): number {
  return decide(plan, one).nfmark;
}

describe('decide', () => {
  const cases: readonly (readonly [string, Packet, number])[] = [
    ['gives the mark of the entry that matches both ends', packet(), 0x80010000],
    ['takes the first of several entries that match', packet({ dst: '192.168.0.255' }), 0x80010000],
    ['goes on where one end does not match', packet({ dst: '192.168.1.0' }), 0x80020000],
    [
      'looks at the source alone where an entry has no dst',
      packet({ src: '10.9.255.255', dst: '8.8.8.8' }),
      0x80020000,
    ],
    ['looks at the destination alone where an entry has no src', packet({ src: '8.8.8.8' }), 0xffff0000],
    ['blocks what goes to a conn that is down', packet({ src: '8.8.8.8', dst: '172.20.0.1' }), 0x80000000],
    ['passes over an entry that is to be skipped while its conn is down', forwarded(), 0x80010000],
    [
      'leaves what no entry matches as it is',
      packet({ src: '8.8.8.8', dst: '8.8.4.4', nfmark: 0x1234 }),
      0x1234,
    ],
    ['keeps the low bits of others', packet({ nfmark: 0x00001234 }), 0x80011234],
    ['takes the bits of a SAref without the flag for no choice', packet({ nfmark: 0x7fff0004 }), 0x80010004],
    ['keeps the mark that an application chose', packet({ nfmark: 0x80050001 }), 0x80050001],
    [
      'keeps the inbound SAref of a decapsulated packet',
      forwarded({ inInterface: 'mast0', nfmark: 0x80030000 }),
      0x80030000,
    ],
    ['leaves a packet to the host itself alone', packet({ dstIsLocal: true }), 0],
    ["leaves the host's own IKE alone, by its source port", packet({ sport: 500 }), 0],
    ["leaves the host's own IKE alone, by its destination port", packet({ dport: 4501 }), 0],
    ['classifies a port of IKE that the policy does not list', packet({ dport: 4500 }), 0x80010000],
    ['classifies an IKE port of TCP', packet({ protocol: 6, dport: 500 }), 0x80010000],
    ['classifies IKE that is forwarded', forwarded({ sport: 500, dport: 500 }), 0x80010000],
    ["leaves the host's own ESP alone", withoutPorts(packet({ protocol: 50 })), 0],
    ["leaves the host's own AH alone", withoutPorts(packet({ protocol: 51 })), 0],
    ['classifies ESP that is forwarded', withoutPorts(forwarded({ protocol: 50 })), 0x80010000],
    ['classifies AH that is forwarded', withoutPorts(forwarded({ protocol: 51 })), 0x80010000],
    ['classifies what has no ports', withoutPorts(packet({ protocol: 1 })), 0x80010000],
  ];
  for (const [title, one, nfmark] of cases) {
    it(title, () => {
      assert.equal(markOf(one).toString(16), nfmark.toString(16));
    });
  }

  it('names the entry that decided', () => {
    assert.equal(decide(plan, packet()).entry, plan.entries[1]);
    assert.equal(decide(plan, packet({ src: '8.8.8.8', dst: '172.20.0.1' })).entry, plan.entries[3]);
  });

  it('names no entry where a packet is exempt or matches none', () => {
    assert.equal(decide(plan, packet({ dstIsLocal: true })).entry, undefined);
    assert.equal(decide(plan, packet({ src: '8.8.8.8', dst: '8.8.8.8' })).entry, undefined);
  });

  it('leaves no IKE alone where the policy lists no port of it', () => {
    const { plan: without } = compiledOf(
      'version: 1\nmast: { ike-ports: [] }\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n',
    );
    assert.equal(decide(without, packet({ sport: 500, dport: 4500 })).nfmark, 0x80010000);
  });

  describe('with an alias', () => {
    const { plan: aliased } = compiledOf(`version: 1
sarefs: { first: 1, last: 2 }
entries:
  - { conn: first, dst: 192.168.0.0/24, alias: 10.101.0.0/24, proto: udp }
  - { conn: last, dst: 172.20.0.0/16, alias: 10.102.0.0/16 }
`);
    const cases: readonly (readonly [string, Packet, string])[] = [
      ['sends a packet to the alias to the real network', packet({ dst: '10.101.0.7' }), '192.168.0.7'],
      ['maps the host bits alone, of each its own', forwarded({ dst: '10.102.255.9' }), '172.20.255.9'],
      ['leaves a packet to the real network alone', packet({ dst: '192.168.0.7' }), '192.168.0.7'],
      ['leaves one that no entry marks alone', packet({ dst: '10.101.0.7', protocol: 6 }), '10.101.0.7'],
      [
        'maps one that an application has marked',
        packet({ dst: '10.101.0.7', protocol: 6, nfmark: 0x80050000 }),
        '192.168.0.7',
      ],
      [
        'maps one of a flow that was decided',
        packet({ dst: '10.101.0.7', ctmark: 0x80010000 }),
        '192.168.0.7',
      ],
      [
        'leaves answers alone: their flow knows where they are from',
        packet({ dst: '10.101.0.7', direction: 'reply' }),
        '10.101.0.7',
      ],
    ];
    for (const [title, one, dst] of cases) {
      it(title, () => {
        assert.equal(addressText(decide(aliased, one).dst), dst);
      });
    }

    it('does not match packets to the real network', () => {
      assert.equal(decide(aliased, packet({ dst: '192.168.0.7' })).entry, undefined);
    });
  });
});
