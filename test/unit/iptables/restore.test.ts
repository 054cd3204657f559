import assert from 'node:assert/strict';
import { declareChain, printRestore, UnwritableLine } from '../../../src/iptables/restore.ts';

describe('printRestore', () => {
  it('prints the lines of one table, all of them or none', () => {
    const lines = [{ text: declareChain('SAREF-A') }, { text: '-A SAREF-A -j RETURN' }];
    assert.equal(printRestore('mangle', lines), '*mangle\n:SAREF-A - [0:0]\n-A SAREF-A -j RETURN\nCOMMIT\n');
    assert.equal(printRestore('mangle', []), '*mangle\nCOMMIT\n');
  });

  for (const text of [
    '-A X',
    '-F X',
    '-N X',
    '-X X',
    '-D X 3',
    '-D X -j ACCEPT',
    '-I X 1 -j ACCEPT',
    '-R X 12 -m comment --comment "a b" -j Y',
    '-A X -g Y',
    '-A X -m comment',
    '-A X -m comment -j A-CHAIN-OF-MANY-LETTERS',
    '-A X -m mark --mark 0x1',
    '-D X',
    ':X - [0:0]',
    ':X ACCEPT',
    `:${'x'.repeat(28)} - [0:0]`,
    `-A X -i ${'x'.repeat(15)} -o ${'y'.repeat(15)}`,
    `-A X -m comment --comment ${'x'.repeat(255)}`,
    `-A X -s host.example -m comment --comment ${'x'.repeat(255)}`,
    `-A X -j LOG --log-prefix ${'x'.repeat(1023)}`,
    `-A X ${'-f '.repeat(252)}`,
    `-A X ${' '.repeat(10_233)}`,
  ]) {
    it(`writes ${text.slice(0, 40)} of ${String(text.length)} bytes`, () => {
      assert.equal(printRestore('mangle', [{ text }]), `*mangle\n${text}\nCOMMIT\n`);
    });
  }

  const refused: readonly (readonly [string, RegExp])[] = [
    ['-A X -m comment --comment "a\nb"', /newline/],
    ['-A X -j Y\r', /newline/],
    ['-A X -m comment --comment "a\0b"', /NUL/],
    ['', /no command/],
    ['# remark', /no command/],
    ['COMMIT', /no command/],
    ['*nat', /no command/],
    [' -A X', /no command/],
    ['-A', /no command/],
    ['-P INPUT DROP', /no command/],
    ['[1:2] -A X', /no command/],
    ['-A X -m comment --comment "a', /quote that nothing closes/],
    [`-A X ${' '.repeat(10_234)}`, /longer than 10239 bytes/],
    [`-A X ${'-f '.repeat(253)}`, /more than 254 words/],
    [`-A X -j LOG --log-prefix ${'x'.repeat(1024)}`, /word over 1023 bytes/],
    ['a-command-that-is-none', /is no command/],
    [`:${'x'.repeat(29)} - [0:0]`, /chain of more than 28 bytes/],
    [`-A ${'x'.repeat(29)}`, /chain of more than 28 bytes/],
    [`-A X -j ${'x'.repeat(29)}`, /chain of more than 28 bytes/],
    [`-A X -g ${'x'.repeat(29)}`, /chain of more than 28 bytes/],
    [':-x - [0:0]', /no name of a chain/],
    [':!x - [0:0]', /no name of a chain/],
    [': - [0:0]', /no name of a chain/],
    [':', /no name of a chain/],
    [':a"b" - [0:0]', /no name of a chain/],
    [':a\tb - [0:0]', /no name of a chain/],
    ['-A "x y" -j Z', /no name of a chain/],
    ['-A X -j -y', /no name of a chain/],
    ['-A  -j Y', /no name of a chain/],
    [`-A X -i ${'x'.repeat(16)}`, /interface/],
    [`-A X ! -o ${'x'.repeat(16)}`, /interface/],
    [`-A X -m comment --comment ${'x'.repeat(256)}`, /comment of more than 255 bytes/],
    [`-D X -m comment --comment "${'a b'.repeat(86)}" -j Y`, /comment of more than 255 bytes/],
    [`-A X -s host.example -m comment --comment ${'x'.repeat(256)}`, /comment of more than 255 bytes/],
  ];
  for (const [text, why] of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))} of ${String(text.length)} bytes`, () => {
      assert.throws(
        () => printRestore('mangle', [{ text: '-F X' }, { text }]),
        (error) => error instanceof UnwritableLine && error.text === text && why.test(error.message),
      );
    });
  }
});
