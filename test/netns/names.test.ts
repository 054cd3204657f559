import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CODES } from '../../src/diagnostics/codes.ts';
import { connOf, LONGEST_COMMENT } from '../../src/domain/conn-name.ts';
import { parseTable } from '../../src/host/parse.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost, rulesIn, withMangle } from '../../src/host/state.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { compilePolicy, diffPolicy, readPolicy } from '../../src/pipeline.ts';
import { commandText, executeHere } from '../../src/system/execute.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { anyName } from '../support/names.ts';
import { remark } from '../support/reading.ts';

const CONNS = 12;

/** JSON is YAML; with escapes for all but ASCII, so that it can hold what a file cannot. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A conn for each name. */
function policyOf(names: readonly string[], device = 'eth1'): string {
  const entries = names.map((conn, index) => ({
    ...{ conn, saref: index + 1, in: device },
    dst: `10.${String(index)}.0.0/16`,
  }));
  return quoted({ version: 1, entries });
}

/** Undefined where the name is refused, and that with its place. */
function accepted(name: string): string | undefined {
  const text = policyOf([name]);
  const { compiled, diagnostics } = compilePolicy(readPolicy({ name: 'policy.yaml', text }));
  if (compiled !== undefined) return name;
  assert.deepEqual([...new Set(diagnostics.map(({ code }) => CODES[code].severity))], ['error'], name);
  for (const { labels } of diagnostics) {
    const [span] = labels.map((label) => label.span);
    assert.equal(span && text.slice(span.start, span.end), quoted(name));
  }
  return undefined;
}

function compiledFor(names: readonly string[], device: string): Compiled {
  const { compiled } = compilePolicy(readPolicy({ name: 'policy.yaml', text: policyOf(names, device) }));
  assert.ok(compiled);
  return compiled;
}

function conns(live: HostState): string[] {
  return rulesIn(live, 'SAREF-ENTRIES').flatMap(({ rule }) => {
    assert.ok(rule.kind === 'rule');
    return rule.target?.kind === 'MARK'
      ? rule.matches.flatMap((match) =>
          match.kind === 'comment' ? [connOf(match.options.comment?.value ?? '')] : [],
        )
      : [];
  });
}

for (const backend of BACKENDS) {
  describe(`names of whatever characters, ${backend}`, function () {
    this.timeout(120_000);
    let lab: Lab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
    });

    after(() => lab.close());

    async function liveFor({ host }: Compiled): Promise<HostState> {
      const text = await lab.tools.readTable();
      const { table, diagnostics } = parseTable('mangle', { name: 'iptables-save', text });
      assert.deepEqual(diagnostics, []);
      assert.ok(table);
      return withMangle(emptyHost(host), table.chains);
    }

    it('are refused in their place, or are what the kernel holds and gives back, one rule each', async () => {
      const [names, devices] = [
        fc.uniqueArray(anyName(), { minLength: CONNS, maxLength: CONNS }),
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,15}$/).filter((name) => !/^\.\.?$/.test(name)),
      ];
      let [taken, refused] = [0, 0];
      const property = fc.asyncProperty(names, devices, async (list, device) => {
        const kept = list.filter((name) => accepted(name) !== undefined);
        [taken, refused] = [taken + kept.length, refused + CONNS - kept.length];
        const compiled = compiledFor(kept, device);
        for (const step of diffPolicy(compiled, await liveFor(compiled)))
          if (step.tool === 'iptables-restore') await lab.tools.restore(step.script);
        const live = await liveFor(compiled);
        assert.deepEqual(conns(live), kept);
        const again = diffPolicy(compiled, live).filter(({ tool }) => tool === 'iptables-restore');
        assert.deepEqual(again, []);
        assert.equal(rulesIn(live, 'SAREF-ENTRIES').length, rulesIn(compiled.host, 'SAREF-ENTRIES').length);
      });
      await fc.assert(property, { numRuns: 60 });
      remark(`${String(taken)} names in the kernel and back, ${String(refused)} refused`);
      assert.ok(taken > 100 && refused > 100);
    });
  });
}

describe('names of whatever characters', () => {
  it('have as many bytes as a comment, or are refused', () => {
    for (const char of ['a', 'é', '\u{1f600}']) {
      const most = Math.floor(LONGEST_COMMENT / Buffer.byteLength(char));
      assert.equal(accepted(char.repeat(most)), char.repeat(most));
      assert.equal(accepted(char.repeat(most + 1)), undefined);
    }
  });

  it('are one word each of the line that --verbose shows', async () => {
    const words = fc
      .sample(anyName(), { numRuns: 300, seed: 1 })
      .map((name) => Buffer.from(name.replaceAll('\0', '')).toString());
    const script = commandText({ argv: ['printf', String.raw`%s\0`, ...words] });
    const { stdout } = await executeHere({ argv: ['sh', '-c', script] });
    assert.deepEqual(Buffer.from(stdout, 'latin1').toString().split('\0').slice(0, -1), words);
  });
});
