import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODES } from '../../src/diagnostics/codes.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { isError } from '../../src/diagnostics/diagnostic.ts';
import { frameDiagnostic } from '../../src/diagnostics/frame.ts';
import type { Span } from '../../src/diagnostics/source.ts';
import type { Compilation } from '../../src/pipeline.ts';
import { compilePolicy, readParts, readPolicy } from '../../src/pipeline.ts';
import type { Accounts } from '../../src/policy/accounts.ts';
import { assuming, NO_ACCOUNTS } from '../../src/policy/accounts.ts';
import type { PolicyReading } from '../../src/policy/parse.ts';
import { readYaml } from '../../src/policy/yaml.ts';
import { parsePlutoStatus } from '../../src/plan/pluto-status.ts';
import { tableOfStatus } from '../../src/plan/saref-table.ts';
import { assertExpected } from '../support/expected.ts';

const FOLDER = join('fixtures', 'policies', 'invalid');

const slugs = namesWith('.yaml');

function namesWith(ending: string): string[] {
  const files = readdirSync(FOLDER);
  return files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
}

function textOf(slug: string): string {
  return readFileSync(join(FOLDER, `${slug}.yaml`), 'utf8');
}

/** For what a policy says of another host than this. */
const OF_ANOTHER_HOST: Readonly<Record<string, Accounts>> = {
  SM1511: assuming(NO_ACCOUNTS),
  SM1512: { ...NO_ACCOUNTS, hasCgroup: () => false },
};

/** With the table of its entries beside it, where there is one. */
function readingOf(slug: string): PolicyReading {
  const accounts = OF_ANOTHER_HOST[slug.slice(0, 6)] ?? NO_ACCOUNTS;
  const source = { name: `${slug}.yaml`, text: textOf(slug) };
  const file = join(FOLDER, `${slug}.csv`);
  if (!existsSync(file)) return readPolicy(source, accounts);
  const { document } = readYaml(source);
  assert.ok(document);
  const table = { name: `${slug}.csv`, text: readFileSync(file, 'utf8') };
  return readParts([{ document, table }], accounts);
}

/** With the table of SArefs beside it, where there is one. */
function compiledOf(slug: string): Compilation {
  const reading = readingOf(slug);
  const file = join(FOLDER, `${slug}.status`);
  if (!existsSync(file)) return compilePolicy(reading);
  const status = parsePlutoStatus({ name: `${slug}.status`, text: readFileSync(file, 'utf8') });
  return compilePolicy(reading, tableOfStatus(status));
}

function diagnosticsOf(slug: string): readonly Diagnostic[] {
  return compiledOf(slug).diagnostics;
}

/** What stands above the carets: carets stop at the end of the line. */
function underlined({ source, start, end }: Span): string {
  return String(source.text.slice(start, end).split('\n')[0]).trim();
}

/** The comments at the top of a fixture say it: one for each label, in the order of the report. */
function underlinedByComment(slug: string): string[] {
  return [...textOf(slug).matchAll(/^# underlined:(.*)$/gm)].map(([, text]) => String(text).trim());
}

describe('a policy with mistakes', () => {
  for (const slug of slugs) {
    it(`is reported as ${slug}.stderr says`, () => {
      const framed = diagnosticsOf(slug).map((diagnostic) => frameDiagnostic(diagnostic));
      assertExpected(join(FOLDER, `${slug}.stderr`), Buffer.from(framed.join('\n')).toString('latin1'));
    });

    it(`has its mistakes underlined in ${slug}.yaml`, () => {
      const labels = diagnosticsOf(slug).flatMap((diagnostic) => diagnostic.labels);
      assert.deepEqual(
        labels.map(({ span }) => underlined(span)),
        underlinedByComment(slug),
      );
    });
  }

  it('is compiled if and only if all of them are warnings', () => {
    for (const slug of slugs) {
      const { compiled, diagnostics } = compiledOf(slug);
      assert.equal(compiled === undefined, diagnostics.some(isError), slug);
    }
  });

  it('gives ten diagnostics for ten mistakes', () => {
    const codes = diagnosticsOf('ten-mistakes').map(({ code }) => code);
    assert.equal(codes.length, 10);
    assert.equal(new Set(codes).size, 10);
  });
});

/** Tested where they are found: a file of many megabytes is no fixture, nor is a folder, and a policy says nothing of a host. */
const ELSEWHERE = ['SM1003', 'SM1005', 'SM1006', 'SM1009', 'SM1514', 'SM1515', 'SM1516', 'SM1530', 'SM1531'];

describe('the fixtures of invalid policies', () => {
  it('cover every code of policies, each in the file that is called by it', () => {
    const named = new Set(slugs.map((slug) => slug.slice(0, 6)).filter((name) => name in CODES));
    const ofPolicies = Object.keys(CODES).filter((code) => code.startsWith('SM1') && !ELSEWHERE.includes(code));
    assert.deepEqual([...named].sort(), ofPolicies.sort());
    for (const slug of slugs.filter((name) => name.startsWith('SM'))) {
      const codes = new Set(diagnosticsOf(slug).map(({ code }) => code));
      assert.deepEqual([...codes], [slug.slice(0, 6)], slug);
    }
  });

  it('have one rendered error each, and no rendered error is left over', () => {
    assert.deepEqual(namesWith('.stderr'), slugs);
    const tables = [...namesWith('.status'), ...namesWith('.csv')];
    assert.ok(tables.every((slug) => slugs.includes(slug)));
    assert.equal(readdirSync(FOLDER).length, 2 * slugs.length + tables.length);
  });
});
