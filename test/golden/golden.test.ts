import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { liveDiffReport } from '../../src/cli/live-diff-report.ts';
import { parseHost } from '../../src/host/parse.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost } from '../../src/host/state.ts';
import { diffPolicy, goalOf } from '../../src/pipeline.ts';
import { compiledOf } from '../support/compiled.ts';
import { assertExpected, latin1At } from '../support/expected.ts';
import { printSteps } from '../support/steps.ts';

const FOLDER = join('test', 'golden');

const slugs = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What the tools print about the host before, word for word; without them it is an empty one. */
function liveIn(folder: string, host: HostState): HostState {
  const textOf = (name: string): string => latin1At(join(folder, 'live', `${name}.txt`)) ?? '';
  if (!existsSync(join(folder, 'live'))) return emptyHost(host);
  const { state, diagnostics } = parseHost(
    {
      mangle: textOf('mangle'),
      nat: latin1At(join(folder, 'live', 'nat.txt')),
      raw: latin1At(join(folder, 'live', 'raw.txt')),
      ipRules: textOf('ip-rules'),
      routes: textOf('routes'),
      link: textOf('link'),
      sysctls: textOf('sysctls'),
    },
    { device: host.link.name, table: host.routes.table },
  );
  assert.deepEqual(diagnostics, []);
  assert.ok(state);
  return state;
}

describe('the steps from a live host to the policy', () => {
  for (const slug of slugs) {
    it(`are those of ${slug}/steps.txt`, () => {
      const folder = join(FOLDER, slug);
      const compiled = compiledOf(readFileSync(join(folder, 'policy.yaml'), 'utf8'));
      const steps = diffPolicy(compiled, liveIn(folder, compiled.host));
      assertExpected(join(folder, 'steps.txt'), printSteps(steps));
    });
  }

  for (const slug of slugs.filter((name) => existsSync(join(FOLDER, name, 'live')))) {
    it(`are told as in ${slug}/diff.txt`, () => {
      const folder = join(FOLDER, slug);
      const compiled = compiledOf(readFileSync(join(folder, 'policy.yaml'), 'utf8'));
      const { text } = liveDiffReport({
        name: 'policy.yaml',
        host: 'this host',
        live: liveIn(folder, compiled.host),
        goal: goalOf(compiled),
            isDetailed: false,
      });
      assertExpected(join(folder, 'diff.txt'), Buffer.from(text).toString('latin1'));
    });
  }

  it('are none where a name says that there is nothing to do', () => {
    const idle = slugs.filter((slug) => slug.endsWith('nothing-to-do'));
    assert.ok(idle.length >= 2);
    for (const slug of idle) assert.equal(latin1At(join(FOLDER, slug, 'steps.txt')), '', slug);
  });
});
