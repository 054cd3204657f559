import assert from 'node:assert/strict';
import { crc32c, internetChecksum } from '../../../src/domain/checksum.ts';

function bytes(hex: string): number[] {
  return [...Buffer.from(hex, 'hex')];
}

describe('the Internet checksum', () => {
  it('is that of the example in RFC 1071', () => {
    assert.equal(internetChecksum(bytes('0001f203f4f5f6f7')), 0x220d);
  });

  it('takes a last byte alone for the upper half of a word', () => {
    assert.equal(internetChecksum(bytes('01')), internetChecksum(bytes('0100')));
  });

  it('is 0 over bytes that have their checksum among them', () => {
    assert.equal(internetChecksum(bytes('45000073000040004011b861c0a80001c0a800c7')), 0);
  });

  it('carries as often as it has to', () => {
    assert.equal(internetChecksum(bytes('ffff0001')), 0xfffe);
    assert.equal(internetChecksum(Array.from({ length: 0xfffe }, () => 0xff)), 0);
  });

  it('is 0xffff over nothing', () => {
    assert.equal(internetChecksum([]), 0xffff);
  });
});

describe('CRC32c', () => {
  // RFC 3720, appendix B.4
  const examples = [
    ['32 bytes of 0', '00'.repeat(32), 0x8a9136aa],
    ['32 bytes of 1s', 'ff'.repeat(32), 0x62a8ab43],
    ['the digits from 1 to 9', Buffer.from('123456789').toString('hex'), 0xe3069283],
    ['nothing', '', 0],
  ] as const;
  for (const [what, hex, crc] of examples) {
    it(`of ${what} is 0x${crc.toString(16)}`, () => {
      assert.equal(crc32c(bytes(hex)), crc);
    });
  }
});
