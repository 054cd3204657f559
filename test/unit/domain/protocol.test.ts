import assert from 'node:assert/strict';
import { AH, ESP, protocolText, toProtocol, UDP } from '../../../src/domain/protocol.ts';

/** https://www.iana.org/assignments/protocol-numbers, those that iptables 1.8.11 prints by name. */
const NAMED = [
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['ipcomp', 108],
  ['sctp', 132],
  ['mobility-header', 135],
  ['udplite', 136],
] as const;

describe('toProtocol', () => {
  for (const [name, number] of NAMED) {
    it(`knows ${name} as ${String(number)}`, () => {
      assert.equal(toProtocol(name), number);
      assert.equal(toProtocol(String(number)), number);
    });
  }

  it('takes any number of 8 bits', () => {
    assert.deepEqual(['0', '47', '255'].map(toProtocol), [0, 47, 255]);
  });

  // gre: what /etc/protocols calls 47 on one machine means nothing on another
  for (const word of ['256', '999', '1000', '017', '-1', '', 'gre', 'TCP', 'toString', '__proto__']) {
    it(`refuses ${JSON.stringify(word)}`, () => {
      assert.equal(toProtocol(word), undefined);
    });
  }
});

describe('protocolText', () => {
  it('writes the name where there is one, and else the number', () => {
    for (const [name, number] of NAMED) assert.equal(protocolText(number), name);
    assert.deepEqual([0, 47, 255].map(protocolText), ['0', '47', '255']);
  });

  it('writes what toProtocol reads, for all numbers', () => {
    for (let number = 0; number <= 255; number += 1) {
      assert.equal(toProtocol(protocolText(number)), number);
    }
  });
});

describe('the protocols of IPsec', () => {
  it('have the numbers that their names have', () => {
    assert.deepEqual([UDP, ESP, AH].map(protocolText), ['udp', 'esp', 'ah']);
  });
});
