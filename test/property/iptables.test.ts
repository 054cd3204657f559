import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SaveLine } from '../../src/iptables/save.ts';
import {
  parseRule,
  parseSave,
  printRule,
  printSave,
  splitWords,
  statusOf,
} from '../../src/iptables/index.ts';
import { endsInQuote, quoteWord } from '../../src/iptables/words.ts';
import { anyBytes, anyRule } from '../support/rules.ts';

/** A jump from a chain of each odd name that iptables takes. */
const CHAINS = ['IPSEC', 'NOMAD-ADMIN', 'ends-p', 'mark', 'a:b', '#c', '[x]', "it's", '\xc3\xa0', '\xa0'];

/** Words of rules, in an order that no iptables would print. */
function anyWordSoup(): fc.Arbitrary<string> {
  const word = fc.constantFrom(
    ...[
      '-s',
      '-d',
      '-i',
      '-o',
      '-p',
      '-f',
      '-m',
      '-j',
      '-g',
      '!',
      '10.9.0.0/16',
      'eth0',
      'udp',
      '"a b"',
      '""',
    ],
    ...['mark', '--mark', '0x0/0x80000000', 'comment', '--comment', 'word', '"-j"', 'multiport', '--dports'],
    ...[
      '500,4500:4501',
      'addrtype',
      '--dst-type',
      'LOCAL',
      'MARK',
      '--set-xmark',
      '0x1/0x1',
      'ACCEPT',
      'LOG',
    ],
    ...['--log-prefix', 'conntrack', '--ctstate', 'NEW'],
  );
  return fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
}

/** Lines as dumps have them, whole and broken, and whatever bytes between them. */
function anyDump(): fc.Arbitrary<string> {
  const line = fc.oneof(
    anyRule(CHAINS).map((rule) => `-A PREROUTING ${printRule(rule)}`),
    anyWordSoup().map((words) => `-A OUTPUT ${words}`),
    fc.constantFrom('*mangle', '*nat', 'COMMIT', ':OUTPUT ACCEPT [0:0]', ':\xc3\xa0 - [0:0]', '# by', ''),
    fc.constantFrom(
      '-A OUTPUT -i a"b -j DROP',
      '-A OUTPUT -m comment --comment "a\nb"',
      '[1:2] -A OUTPUT',
      '[1:2]',
      ':',
      '-A',
      '-A ',
      '*',
      ' ',
    ),
    anyBytes(),
  );
  const ending = fc.constantFrom('\n', '\n', '\n', '\r\n', '');
  return fc
    .array(fc.tuple(line, ending), { maxLength: 20 })
    .map((lines) => lines.map((pair) => pair.join('')).join(''));
}

function textsOf(line: string): string[] {
  return splitWords(line).map(({ text }) => text);
}

describe('splitWords and quoteWord', () => {
  it('splitWords finds all of a line in its words, and between them blanks alone', () => {
    fc.assert(
      fc.property(fc.array(anyBytes(), { maxLength: 6 }), (pieces) => {
        const line = pieces.join(' ');
        let at = 0;
        for (const { raw } of splitWords(line)) {
          const start = line.indexOf(raw, at);
          assert.match(line.slice(at, start), /^[ \t]*$/);
          at = start + raw.length;
        }
        assert.match(line.slice(at), /^[ \t]*$/);
      }),
    );
  });

  it('splitWords reads back what quoteWord wrote', () => {
    fc.assert(
      fc.property(fc.array(anyBytes(), { maxLength: 6 }), (words) => {
        assert.deepEqual(textsOf(words.map(quoteWord).join(' ')), words);
      }),
    );
  });

  it('quoteWord leaves no quote open', () => {
    fc.assert(
      fc.property(anyBytes(), (word) => {
        assert.equal(endsInQuote(`--comment ${quoteWord(word)}`), false);
      }),
    );
  });
});

describe('parseRule and printRule', () => {
  it('parseRule reads back what printRule wrote', () => {
    fc.assert(
      fc.property(anyRule(CHAINS), (rule) => {
        assert.deepEqual(parseRule(printRule(rule)), rule);
      }),
      { numRuns: 2000 },
    );
  });

  it('printRule writes a line that iptables-restore reads: no newline, no open quote', () => {
    fc.assert(
      fc.property(anyRule(CHAINS), (rule) => {
        assert.doesNotMatch(printRule(rule), /\n/);
        assert.equal(endsInQuote(printRule(rule)), false);
      }),
    );
  });

  it('neither adds or drops a word, whatever the order', () => {
    fc.assert(
      fc.property(anyWordSoup(), (soup) => {
        assert.deepEqual(textsOf(printRule(parseRule(soup))).sort(), textsOf(soup).sort());
      }),
      { numRuns: 5000 },
    );
  });

  it('printing what was parsed once more changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(anyWordSoup(), anyBytes()), (line) => {
        const once = printRule(parseRule(line));
        assert.equal(printRule(parseRule(once)), once);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('parseSave and printSave', () => {
  it('printSave gives back any text that parseSave read, byte for byte', () => {
    fc.assert(
      fc.property(fc.oneof(anyDump(), fc.string({ unit: 'binary' })), (text) => {
        assert.equal(printSave(parseSave({ name: 'dump', text }).save), text);
      }),
      { numRuns: 1000 },
    );
  });

  it('parseSave says of each line where it stands, and complains of those that it cannot read', () => {
    const isUnread = ({ kind }: SaveLine): boolean => kind === 'unread';
    fc.assert(
      fc.property(anyDump(), (text) => {
        const { save, diagnostics } = parseSave({ name: 'dump', text });
        let at = 0;
        const starts = save.lines.map((line) => {
          assert.equal(line.line, text.slice(0, at).split('\n').length);
          at += line.raw.length;
          return { line, start: at - line.raw.length };
        });
        assert.deepEqual(
          diagnostics.map(({ labels }) => labels.map(({ span }) => span.start)),
          starts.filter(({ line }) => isUnread(line)).map(({ start }) => [start]),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('parseSave reads a rule without quotes and COMMIT as lines of their own, whatever is open before them', () => {
    const asked = '-A INPUT -j MARK --set-xmark 0x1/0x1';
    fc.assert(
      fc.property(anyDump(), (before) => {
        const text = `${before}\n${asked}\nCOMMIT\n`;
        const [rule, commit] = parseSave({ name: 'dump', text }).save.lines.slice(-2);
        assert.equal(rule?.raw, `${asked}\n`);
        assert.equal(rule.kind, 'rule');
        assert.equal(commit?.kind, 'commit');
      }),
      { numRuns: 1000 },
    );
  });

  it('a dump of rules of the vocabulary is complete', () => {
    fc.assert(
      fc.property(fc.array(anyRule(CHAINS), { maxLength: 10 }), (rules) => {
        const lines = rules.map((rule) => `-A PREROUTING ${printRule(rule)}\n`);
        const text = `*mangle\n:PREROUTING ACCEPT [0:0]\n${lines.join('')}COMMIT\n`;
        const { save, diagnostics } = parseSave({ name: 'dump', text });
        assert.deepEqual(diagnostics, []);
        assert.equal(statusOf(save, 'mangle'), 'complete');
        assert.deepEqual(
          save.lines.flatMap((line) => (line.kind === 'rule' ? [line.rule] : [])),
          rules,
        );
      }),
    );
  });
});
