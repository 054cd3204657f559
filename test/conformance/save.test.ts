import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printSave } from '../../src/iptables/print-save.ts';
import { printerOf } from '../../src/iptables/printer.ts';
import type { AnyRule } from '../../src/iptables/rule.ts';
import { statusOf } from '../../src/iptables/table.ts';
import { ROOT } from '../support/bin.ts';
import { countReadings, countsText, remark } from '../support/reading.ts';

const FOLDER = join(ROOT, 'fixtures/save');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));

function textOf(file: string): string {
  return readFileSync(join(FOLDER, file), 'latin1');
}

function rulesOf(file: string): AnyRule[] {
  return parseSave(textOf(file)).save.lines.flatMap((line) => (line.kind === 'rule' ? [line.rule] : []));
}

/** A quote in a name is printed as it is: nothing can tell it from the quote around a value. */
const UNREAD_NAMES = [
  '-A FORWARD -i a"b -j ACCEPT',
  '-A FORWARD -i c"d -m comment --comment "x y"',
  '-A FORWARD -j q"c',
  '-A q"c -j ACCEPT',
];

/** Lines of no known form, in the files that have such lines. */
const UNREAD: Readonly<Record<string, readonly string[]>> = {
  'broken-legacy-names.txt': UNREAD_NAMES,
  'broken-nft-names.txt': UNREAD_NAMES,
  'broken-remarks.txt': ['COMMIT now', ' *filter', 'COMMIT now', 'Error: meta sreg key not supported'],
  'broken-truncated-line.txt': ['-A SAREF-ENTRIES -s 10.1.0.0/16 -m comment --comment "bra'],
};

describe('a dump of iptables-save', () => {
  for (const file of FILES) {
    it(`is printed as it was read, byte for byte: ${file}`, () => {
      const text = textOf(file);
      const { save, diagnostics } = parseSave(text, file);
      assert.equal(printSave(save), text);
      const unread = diagnostics.flatMap(({ labels }) =>
        labels.map(({ span }) => text.slice(span.start, span.end)),
      );
      assert.deepEqual(unread, UNREAD[file] ?? []);
    });
  }

  it('has rules that are read in full, wherever a 1.8 has printed them', () => {
    let all: AnyRule[] = [];
    for (const file of FILES) {
      const rules = rulesOf(file);
      all = [...all, ...rules];
      const counts = countReadings(rules);
      remark(`${file.padEnd(30)} ${countsText(counts)}`);
      // `-i a b` is a name with a blank in it
      assert.equal(counts.get('opaque rule'), file.endsWith('-names.txt') ? 1 : undefined, file);
      if (/^(?:legacy|nft)-/.test(file)) assert.equal(counts.get('spelled'), undefined, file);
    }
    remark(`${'all'.padEnd(30)} ${countsText(countReadings(all))}`);
    assert.ok(all.length > 2000);
  });

  it('tells which of its tables were read whole', () => {
    const statuses = (file: string): string => {
      const { save } = parseSave(textOf(file));
      return ['mangle', 'filter'].map((table) => statusOf(save, table)).join(' ');
    };
    assert.equal(statuses('legacy-every-rule.txt'), 'complete complete');
    assert.equal(statuses('several.txt'), 'complete complete');
    assert.equal(statuses('crlf.txt'), 'complete complete');
    assert.equal(statuses('no-last-newline.txt'), 'complete complete');
    assert.equal(statuses('empty.txt'), 'absent absent');
    assert.equal(statuses('truncated.txt'), 'tainted absent');
    assert.equal(statuses('incompatible.txt'), 'incompatible complete');
    // the rules are all there, but another chain of nf_tables sees the packets too
    assert.equal(statuses('base-chains.txt'), 'tainted complete');
    assert.equal(statuses('broken-remarks.txt'), 'tainted absent');
    assert.equal(statuses('broken-truncated-line.txt'), 'tainted absent');
    assert.equal(statuses('broken-nft-names.txt'), 'tainted absent');
    assert.equal(statuses('old-1.4.7.txt'), 'complete absent');
  });

  it('tells who has printed it, as far as its header does', () => {
    const printer = (file: string): unknown => printerOf(parseSave(textOf(file)).save);
    assert.deepEqual(printer('legacy-every-rule.txt'), { version: [1, 8, 9], backend: undefined });
    assert.deepEqual(printer('nft-every-rule-ip6.txt'), { version: [1, 8, 9], backend: 'nf_tables' });
    assert.deepEqual(printer('old-1.4.7.txt'), { version: [1, 4, 7], backend: undefined });
    assert.deepEqual(printer('old-xtables-1.8.2.txt'), { version: [1, 8, 2], backend: 'nf_tables' });
    assert.equal(printer('empty.txt'), undefined);
  });

  it('keeps every byte of a comment but NUL, and a newline in it', () => {
    for (const backend of ['legacy', 'nft']) {
      const comments = rulesOf(`${backend}-every-byte.txt`).flatMap((rule) =>
        rule.kind === 'rule'
          ? rule.matches.flatMap((match) => (match.kind === 'comment' ? [match.options.comment?.value] : []))
          : [],
      );
      const bytes = Array.from({ length: 255 }, (_, index) => index + 1).filter((byte) => byte !== 10);
      const chars = bytes.map((byte) => String.fromCharCode(byte));
      assert.deepEqual(comments, [
        ...chars,
        ...chars.map((char) => `x${char} `),
        chars.join(''),
        chars.toReversed().join(''),
      ]);
      const [first, second] = rulesOf(`${backend}-newline.txt`);
      assert.ok(first?.kind === 'rule' && second?.kind === 'rule');
      const comment = { comment: { negated: false, value: 'two\nlines' } };
      assert.deepEqual(first.matches, [{ kind: 'comment', options: comment }]);
      assert.deepEqual(second.target, undefined);
    }
  });
});
