import assert from 'node:assert/strict';
import { canonicalRule, sameRule } from '../../src/iptables/compare.ts';
import { parseRule } from '../../src/iptables/parse-rule.ts';
import { printRule } from '../../src/iptables/print-rule.ts';
import { countReadings, countsText, readingOf, remark } from '../support/reading.ts';
import { ruleCases } from '../support/rule-cases.ts';

const CASES = ruleCases();

/** Extensions that the vocabulary has no row for, on purpose. */
const OPAQUE_FILES = ['others.t', 'others.ip6.t'];

describe('a rule that iptables 1.8.9 has printed', () => {
  for (const file of new Set(CASES.map((one) => one.file))) {
    const cases = CASES.filter((one) => one.file === file);

    it(`is the same rule as the one that was typed, in each line of ${file}`, () => {
      for (const { line, typed, saved, family, table } of cases) {
        const where = `${file}:${String(line)}: ${typed}`;
        assert.ok(sameRule(typed, saved, { family, table }), where);
        assert.ok(sameRule(saved, typed, { family, table }), where);
      }
    });

    it(`is printed as it was read, in each line of ${file}`, () => {
      for (const { line, saved } of cases) {
        const rule = parseRule(saved);
        const where = `${file}:${String(line)}: ${saved}`;
        assert.equal(printRule(rule), saved, where);
        const expected = OPAQUE_FILES.includes(file) ? ['plain', 'opaque extension'] : ['plain'];
        assert.ok(expected.includes(readingOf(rule)), `${where} is ${readingOf(rule)}`);
      }
    });
  }

  it('is another rule than every one that is printed in another way', () => {
    const texts = [...new Set(CASES.map(({ saved }) => saved))];
    const canonical = new Set(texts.map(canonicalRule));
    // no two texts of iptables-save stand for one rule
    assert.equal(canonical.size, texts.length);
  });

  it('is read in full, but for the extensions that the vocabulary leaves out', () => {
    const counts = countReadings(CASES.map(({ saved }) => parseRule(saved)));
    remark(`${String(CASES.length)} lines: ${countsText(counts)}`);
    assert.ok(CASES.length > 500);
    assert.equal(counts.get('opaque rule') ?? 0, 0);
    assert.equal(counts.get('spelled') ?? 0, 0);
  });
});
