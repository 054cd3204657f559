import assert from 'node:assert/strict';
import { AH, ESP, protocolText, TCP, toProtocol, UDP } from '../../../src/domain/protocol.ts';

describe('a protocol', () => {
  it('is read by number', () => {
    for (const number of [0, 6, 47, 255]) assert.equal(toProtocol(String(number)), number);
    for (const word of ['256', '-1', '06', '0x6', '1000', '6 ', '']) {
      assert.equal(toProtocol(word), undefined, word);
    }
  });

  it('is read by the names of any version', () => {
    for (const [name, number] of [
      ['tcp', TCP],
      ['udp', UDP],
      ['esp', ESP],
      ['ah', AH],
      ['icmpv6', 58],
      ['ipv6-icmp', 58],
      ['gre', 47],
      ['ggp', 3],
      ['ax.25', 93],
      ['all', 0],
    ] as const) {
      assert.equal(toProtocol(name), number);
    }
    for (const name of ['nosuch', 'toString', '__proto__', 'TCP']) {
      assert.equal(toProtocol(name), undefined, name);
    }
  });

  it('is printed by the names that iptables knows without a file, else by number', () => {
    const texts = [1, 6, 17, 33, 47, 50, 51, 58, 89, 108, 132, 135, 136, 0].map(protocolText);
    const names = ['icmp', 'tcp', 'udp', 'dccp', '47', 'esp', 'ah', 'ipv6-icmp', '89', 'ipcomp', 'sctp'];
    assert.deepEqual(texts, [...names, 'mobility-header', 'udplite', '0']);
  });

  it('is the same when it is printed and read again, whichever it is', () => {
    for (let number = 0; number < 256; number += 1) assert.equal(toProtocol(protocolText(number)), number);
  });
});
