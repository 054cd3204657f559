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
import type { Outcome } from '../../src/system/execute.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
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

async function liveIn({ tools }: Lab, { host }: Compiled): Promise<HostState> {
  const text = await tools.readTable();
  const { table, diagnostics } = parseTable('mangle', { name: 'iptables-save', text });
  assert.deepEqual(diagnostics, []);
  assert.ok(table);
  return withMangle(emptyHost(host), table.chains);
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
        for (const step of diffPolicy(compiled, await liveIn(lab, compiled)))
          if (step.tool === 'iptables-restore') await lab.tools.restore(step.script);
        const live = await liveIn(lab, compiled);
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

for (const backend of BACKENDS) {
  describe(`names that are not ASCII, ${backend}`, function () {
    this.timeout(120_000);
    let lab: GatewayLab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
    });

    after(() => lab.close());

    it('make the same rules by hand of a shell that is given what compile prints, and by apply', async () => {
      const places = ['zürich', '–büro', '日本', '\u{1f600}', `it's-"ø"`];
      const names = Array.from(
        { length: 120 },
        (_, at) => `${places[at % places.length] ?? ''}-${String(at)}`,
      );
      const policy = await lab.write('names.yaml', policyOf(names));
      const run = async (...args: readonly string[]): Promise<Outcome> => {
        const outcome = await lab.run(...args);
        assert.equal(outcome.exitCode, 0, outcome.stderr);
        return outcome;
      };
      for (const layout of ['rules', 'sets']) {
        const { stdout } = await run('compile', policy, '--layout', layout);
        assert.equal(stdout.includes('ipset restore'), layout === 'sets');
        await lab.gateway.mustRun({ argv: ['sh', '-e'], stdin: stdout });
        const live = compiledFor(names, 'eth1');
        if (layout === 'rules') assert.deepEqual(conns(await liveIn(lab, live)), names);
        const applied = await run('apply', policy, '--layout', layout, '--verbose');
        assert.match(applied.stdout, /: nothing to do\n$/);
        await run('remove', '--all');
        const { stderr } = await run('apply', policy, '--layout', layout, '--verbose');
        assert.match(Buffer.from(stderr, 'latin1').toString(), /comment "zürich-5"/);
        const other = await lab.write('other.yaml', policyOf(names.toReversed()));
        for (const args of [['verify'], ['diff'], ['diff', '--output', 'json'], ['apply', '--verbose']]) {
          const [command = '', ...options] = args;
          const { stdout: out, stderr: err } = await lab.run(command, other, '--layout', layout, ...options);
          const said = Buffer.from(`${out}${err}`, 'latin1').toString();
          assert.match(said, /comment \\?"zürich-/);
          assert.doesNotMatch(said, /Ã/);
        }
        const said = Buffer.from((await run('status', '--output', 'json')).stdout, 'latin1').toString();
        assert.doesNotMatch(said, /Ã/);
        await run('remove', '--all');
      }
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
