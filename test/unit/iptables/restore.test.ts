import assert from 'node:assert/strict';
import { declareChain, printRestore } from '../../../src/iptables/restore.ts';

describe('printRestore', () => {
  it('writes one table from its name to its COMMIT, with a last newline: legacy asks for it', () => {
    const lines = [{ text: declareChain('SAREF-ENTRIES') }, { text: '-A SAREF-ENTRIES -j RETURN' }];
    assert.equal(
      printRestore('mangle', lines),
      '*mangle\n:SAREF-ENTRIES - [0:0]\n-A SAREF-ENTRIES -j RETURN\nCOMMIT\n',
    );
  });

  it('writes nothing but the table where there is nothing to write', () => {
    assert.equal(printRestore('mangle', []), '*mangle\nCOMMIT\n');
  });

  for (const [title, byte] of [
    ['a newline', '\n'],
    ['a carriage return', '\r'],
    ['a NUL', '\0'],
  ] as const) {
    it(`does not write ${title}, which would be read as something else`, () => {
      const text = `-A OUTPUT -m comment --comment "a${byte}b"`;
      assert.throws(() => printRestore('mangle', [{ text }]), /could not read this line back/);
    });
  }

  it('writes lines of 10239 bytes, their newlines included, and no longer ones', () => {
    const lineOf = (length: number): string => `-A OUTPUT ${'x'.repeat(length - 11)}`;
    assert.match(printRestore('mangle', [{ text: lineOf(10_239) }]), /x\nCOMMIT\n$/);
    assert.throws(() => printRestore('mangle', [{ text: lineOf(10_240) }]));
  });
});
