import assert from 'node:assert/strict';
import { internetChecksum } from '../../../src/domain/checksum.ts';
import type { Packet } from '../../../src/domain/packet.ts';
import { hasPorts, toProtocol } from '../../../src/domain/protocol.ts';
import { bytesOf } from '../../../src/verify/payload.ts';
import { packet, withoutPorts } from '../../support/packets.ts';

function packetOf(name: string): Packet {
  const protocol = toProtocol(name) ?? 0;
  const one = packet({ src: '10.9.1.1', dst: '192.168.0.1', protocol, sport: 40_000, dport: 53 });
  return hasPorts(protocol) ? one : withoutPorts(one);
}

function hexOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}

describe('the bytes of a probe', () => {
  it('begin with an IP header that says length, protocol, addresses and its own checksum', () => {
    const header = bytesOf(packetOf('udp')).slice(0, 20);
    assert.equal(hexOf(header), '4500001c000000004011af1e0a090101c0a80001');
    assert.equal(internetChecksum(header), 0);
  });

  const payloads = [
    ['tcp', 'a SYN', '9c40003500000001000000005002ffff47b90000'],
    ['udp', 'an empty datagram', '9c400035000897b5'],
    ['icmp', 'an echo request', '0800f7fd00010001'],
    ['dccp', 'a request', '9c400035050091a0010000000000000100000000'],
    ['sctp', 'an INIT', '9c400035000000007685f60c01000014000000010000ffff0001000100000001'],
    ['udplite', 'a datagram that is covered in whole', '9c4000350008973e'],
    ['gre', 'zeros: version 0', '0000000000000000'],
    ['esp', 'zeros', '0000000000000000'],
    ['253', 'zeros', '0000000000000000'],
  ] as const;
  for (const [name, what, hex] of payloads) {
    it(`are, for ${name}, ${what}`, () => {
      assert.equal(hexOf(bytesOf(packetOf(name)).slice(20)), hex);
    });
  }

  for (const name of ['tcp', 'udp', 'dccp', 'udplite']) {
    it(`have a checksum over addresses, protocol, length and payload, for ${name}`, () => {
      const bytes = bytesOf(packetOf(name));
      const [header, payload] = [bytes.slice(0, 20), bytes.slice(20)];
      const pseudoHeader = [...header.slice(12), 0, toProtocol(name) ?? 0, 0, payload.length];
      assert.equal(internetChecksum([...pseudoHeader, ...payload]), 0);
    });
  }

  it('never say of a UDP datagram that it has no checksum', () => {
    const checksums = Array.from({ length: 0x10000 }, (_, sport) =>
      hexOf(bytesOf({ ...packetOf('udp'), sport }).slice(26)),
    );
    assert.ok(checksums.includes('ffff') && !checksums.includes('0000'));
  });

  it('have ports of 0 where a packet of a protocol with ports says none', () => {
    assert.equal(hexOf(bytesOf(withoutPorts(packetOf('udp'))).slice(20, 24)), '00000000');
  });
});
