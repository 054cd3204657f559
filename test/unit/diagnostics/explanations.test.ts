import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { CODES } from '../../../src/diagnostics/codes.ts';
import { EXPLANATIONS } from '../../../src/diagnostics/explanations.ts';
import { compilePolicy, readPolicy } from '../../../src/pipeline.ts';

interface Example {
  readonly code: string;
  /** The line in front of the example: `Wrong:`, `Right:` or other words. */
  readonly heading: string;
  readonly text: string;
}

/** What is indented by four blanks, with the paragraph in front of it. */
function examplesOf([code, explanation]: readonly [string, string]): Example[] {
  const blocks = [...explanation.matchAll(/^(\S.*)\n\n((?: {4}.*\n)+)/gm)];
  return blocks.map(([, heading, text]) => ({
    code,
    heading: String(heading),
    text: String(text).replace(/^ {4}/gm, ''),
  }));
}

const examples = Object.entries(EXPLANATIONS).flatMap(examplesOf);

const isPolicy = ({ text }: Example): boolean => /^(?:sarefs|mast|entries|- conn):/.test(text);

/** With what every policy needs and no example repeats. */
function codesIn({ text }: Example): readonly string[] {
  const sarefs = /^sarefs:/m.test(text) ? '' : 'sarefs: { lab: 18, office: 22, home: 5 }\n';
  const entries = /^entries:/m.test(text) ? '' : 'entries: []\n';
  const policy = `version: 1\n${sarefs}${text}${entries}`;
  return compilePolicy(readPolicy({ name: 'example.yaml', text: policy })).diagnostics.map(
    ({ code }) => code,
  );
}

/** The codes that have a fixture are those that a policy alone can bring forth. */
const withFixture = new Set(
  readdirSync(join('fixtures', 'policies', 'invalid')).map((file) => file.slice(0, 6)),
);

describe('EXPLANATIONS', () => {
  for (const [code, explanation] of Object.entries(EXPLANATIONS)) {
    it(`explains ${code} in a few short paragraphs of at most 100 columns`, () => {
      const prose = explanation.split('\n\n').filter((text) => !/^(?: {4}|Wrong\b|Right\b)/.test(text));
      assert.ok(prose.length >= 1 && prose.length <= 4, String(prose.length));
      assert.ok(explanation.endsWith('\n') && !explanation.endsWith('\n\n'));
      for (const line of explanation.split('\n')) {
        assert.ok(line.length <= 100 && line === line.trimEnd(), line);
      }
    });
  }

  it('is there for each code, in the order of the codes, and for nothing else', () => {
    assert.deepEqual(Object.keys(EXPLANATIONS), Object.keys(CODES));
  });

  it('names no code that does not exist', () => {
    const named = Object.values(EXPLANATIONS).flatMap((text) => text.match(/SM\d+/g) ?? []);
    assert.deepEqual(
      named.filter((code) => !Object.hasOwn(CODES, code)),
      [],
    );
  });

  it('has examples of policies that are YAML, but where that is what is wrong', () => {
    const policies = examples.filter(isPolicy);
    assert.ok(policies.length > 20);
    const broken = policies.filter(({ text }) => parseDocument(text).errors.length > 0);
    assert.deepEqual(
      broken.map(({ code, heading }) => [code, heading]),
      [['SM1001', 'Wrong:']],
    );
  });

  for (const example of examples.filter(({ code }) => withFixture.has(code))) {
    const { code, heading } = example;
    if (/^Wrong\b/.test(heading)) {
      it(`has ${code} said of what it calls wrong, and nothing else`, () => {
        assert.deepEqual([...new Set(codesIn(example))], [code]);
      });
    } else if (/^Right\b/.test(heading)) {
      it(`has nothing said of what is right instead of ${code} (${heading})`, () => {
        assert.deepEqual(codesIn(example), []);
      });
    }
  }
});
