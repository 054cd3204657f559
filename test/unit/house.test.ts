import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ESLint } from 'eslint';
import { ROOT } from '../support/bin.ts';

const SRC = join(ROOT, 'src');

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.d)\.ts$/.test(file),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const paths = [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path]) => String(path));
  return paths.map((path) => normalize(join(dirname(file), path))).filter((path) => files.includes(path));
}

/** The files of a cycle, first to first again; undefined where there is none. */
function cycleFrom(file: string, way: readonly string[], done: Set<string>): readonly string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const next of importsOf(file)) {
    const cycle = cycleFrom(next, [...way, file], done);
    if (cycle !== undefined) return cycle;
  }
  done.add(file);
  return undefined;
}

describe('the house', () => {
  it('has no cycle among its imports', () => {
    assert.ok(files.length > 50 && importsOf('pipeline.ts').includes('plan/resolve.ts'));
    const done = new Set<string>();
    for (const file of files) assert.equal(cycleFrom(file, [], done), undefined);
  });

  describe('is guarded by the linter', function () {
    this.timeout(60_000);
    const eslint = new ESLint({ cwd: ROOT });
    const cases = [
      ['domain/mark.ts', "import { readFileSync } from 'node:fs';", false],
      ['domain/mark.ts', "import { splitWords } from '../iptables/words.ts';", false],
      ['diagnostics/frame.ts', "import { markOf } from '../domain/saref.ts';", false],
      ['policy/check.ts', "import { decide } from '../plan/decide.ts';", false],
      ['policy/check.ts', "import Ajv from 'ajv';", false],
      ['policy/checks/host-bits.ts', "import { toCidr } from '../../domain/cidr.ts';", true],
      ['policy/checks/host-bits.ts', "import { lowerPlan } from '../../lower/lower.ts';", false],
      ['plan/resolve.ts', "import type { Policy } from '../policy/policy.ts';", true],
      ['plan/resolve.ts', "import { parsePolicy } from '../policy/parse.ts';", false],
      ['iptables/words.ts', "import type { MarkPlan } from '../plan/plan.ts';", false],
      ['lower/lower.ts', "import { parse } from 'yaml';", false],
      ['delta/delta.ts', "import { lowerPlan } from '../lower/lower.ts';", false],
      ['system/execute.ts', "import type { Step } from '../delta/step.ts';", false],
      ['apply/apply.ts', "import type { HostTools } from '../system/host-tools.ts';", true],
      ['apply/apply.ts', "import { executeHere } from '../system/execute.ts';", false],
      ['flows/changed.ts', "import { liftTable } from '../lower/lift.ts';", false],
      ['pipeline.ts', "import { executeHere } from './system/execute.ts';", false],
      ['cli/report.ts', "import { executeHere } from '../system/execute.ts';", true],
      ['cli/report.ts', "import { execa } from 'execa';", false],
    ] as const;
    for (const [file, line, isAllowed] of cases) {
      it(`${isAllowed ? 'allows' : 'refuses'} in src/${file}: ${line}`, async () => {
        const text = `${line}\n${readFileSync(join(SRC, file), 'utf8')}`;
        const [result] = await eslint.lintText(text, { filePath: join(SRC, file) });
        const refusals =
          result?.messages.filter(({ message }) => message.includes('scripts/house.mjs')) ?? [];
        assert.equal(refusals.length === 0, isAllowed, JSON.stringify(result?.messages));
      });
    }
  });
});
