import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Opaque, RuleLine, Save, TableStatus } from '../../src/iptables/index.ts';
import { parseSave, printRule, printSave, splitWords, statusOf } from '../../src/iptables/index.ts';
import { MATCHES, TARGETS } from '../../src/iptables/vocabulary.ts';
import { ROOT } from '../support/bin.ts';
import { latin1At } from '../support/expected.ts';

/** Real dumps: fixtures/save/README.md says where they come from. */
const DUMPS = `${ROOT}fixtures/save`;

const names = readdirSync(DUMPS).filter((name) => name.endsWith('.txt'));

/** They quote, and put blanks, where later versions do not. */
const OLD = ['legacy-1.4.7.txt', 'legacy-1.4.12.txt', 'nft-1.8.2.txt'];

/** Of the mangle table, where it is not complete. */
const STATUS: Readonly<Record<string, TableStatus>> = {
  'nft-1.8.9-quote-in-interface.txt': 'tainted',
  'two-dumps.txt': 'tainted',
};

function textOf(name: string): string {
  const text = latin1At(`${DUMPS}/${name}`);
  assert.ok(text !== undefined);
  return text;
}

function saveOf(name: string): Save {
  return parseSave({ name, text: textOf(name) }).save;
}

function rulesOf(name: string): RuleLine[] {
  return saveOf(name).lines.flatMap((line) => (line.kind === 'rule' ? [line] : []));
}

/** Of the extensions that a rule names, those that are kept unread. */
function opaquePartsOf({ rule }: RuleLine): Opaque[] {
  if (rule.kind === 'opaque') return [];
  return [...rule.matches, rule.target].filter((part) => part?.kind === 'opaque');
}

function wordsOf(text: string): string[] {
  return splitWords(text).map((word) => word.text);
}

describe('a dump of iptables-save', () => {
  for (const name of names) {
    const status = STATUS[name] ?? 'complete';

    it(`is printed back byte for byte: ${name}`, () => {
      assert.equal(printSave(saveOf(name)), textOf(name));
    });

    it(`has a ${status} mangle table: ${name}`, () => {
      const { save, diagnostics } = parseSave({ name, text: textOf(name) });
      assert.equal(statusOf(save, 'mangle'), status);
      if (status === 'complete') assert.deepEqual(diagnostics, []);
    });

    if (OLD.includes(name)) {
      it(`has rules whose models print their words: ${name}`, () => {
        for (const { rule, text } of rulesOf(name)) {
          assert.deepEqual(wordsOf(printRule(rule)), wordsOf(text));
        }
      });
    } else {
      it(`has rules whose models print their text: ${name}`, () => {
        for (const { rule, text } of rulesOf(name)) assert.equal(printRule(rule), text);
      });
    }
  }

  it('is told apart from one that was cut off', () => {
    for (const name of names.filter((one) => STATUS[one] === undefined)) {
      const text = textOf(name);
      const cut = text.slice(0, text.indexOf('COMMIT', text.indexOf('*mangle')));
      const { save } = parseSave({ name, text: cut });
      assert.equal(statusOf(save, 'mangle'), 'tainted', name);
      assert.equal(printSave(save), cut);
    }
  });
});

describe('the dumps together', () => {
  const rules = names.flatMap(rulesOf);
  const whole = rules.filter(({ rule }) => rule.kind === 'opaque');
  const inPart = rules.filter((line) => opaquePartsOf(line).length > 0);

  it('have rules that are read in full, in part and not at all', () => {
    const [read, ...others] = [rules.length - inPart.length - whole.length, inPart.length, whole.length].map(
      (count) => `${String(Math.round((1000 * count) / rules.length) / 10)} %`,
    );
    process.stdout.write(
      `        ${String(rules.length)} rules: read ${String(read)}, opaque in part and whole ${others.join(', ')}\n`,
    );
    assert.ok(inPart.length > 0 && whole.length > 0 && inPart.length + whole.length < rules.length);
  });

  it('have few rules of known extensions that are opaque: fragments, masks with holes, an odd option', () => {
    const known = inPart.filter((line) =>
      opaquePartsOf(line).some(({ name }) => Object.hasOwn({ ...MATCHES, ...TARGETS }, name)),
    );
    const texts = new Set([...whole, ...known].map(({ text }) => text));
    assert.deepEqual([...texts].sort(), [
      '! -f',
      '! -s 10.0.0.0/255.0.255.0 ! -i eth+ ! -p tcp -j DROP',
      '-f',
      '-f -j DROP',
      '-m addrtype ! --src-type LOCAL --limit-iface-in',
      // 1.4.7 prints a comment of one blank like this
      '-m comment --comment',
      '-p tcp -f',
      '-s 10.0.0.0/255.0.255.0',
    ]);
  });

  it('have counters of 64 bits, kept to the last digit', () => {
    const counted = rules.flatMap(({ counters }) => (counters === undefined ? [] : [counters.packets]));
    assert.ok(counted.includes('18446744073709551615') && counted.includes('9007199254740993'));
  });
});
