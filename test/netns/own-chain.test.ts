import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chainLines } from '../../src/delta/own-chain.ts';
import { parseRule } from '../../src/iptables/parse-rule.ts';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import type { TableRule } from '../../src/iptables/table.ts';
import { tableRule } from '../../src/iptables/table.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNamespace } from '../../src/system/namespace.ts';
import { toolsOf } from '../support/kernel-table.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const CHAIN = 'SAREF-ENTRIES';

/** One rule for each letter. */
function rules(letters: string): TableRule[] {
  return Array.from(letters, (letter) => tableRule(parseRule(`-m comment --comment ${letter} -j RETURN`)));
}

for (const backend of BACKENDS) {
  describe(`the difference of a chain of our own, ${backend}`, function () {
    this.timeout(120_000);
    let namespace: Namespace;
    const { save, restore } = toolsOf(backend, 'ipv4');

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      namespace = await openNamespace();
    });

    after(() => namespace.close());

    async function write(script: string, ...options: readonly string[]): Promise<void> {
      await namespace.mustRun({ argv: [restore, '--noflush', ...options], stdin: script });
    }

    /** `a 7` for the rule a with seven packets counted. */
    async function held(): Promise<string[]> {
      const dump = await namespace.mustRun({ argv: [save, '-c', '-t', 'mangle'] });
      return parseSave(dump).save.lines.flatMap((line) => {
        if (line.kind !== 'rule' || line.chain !== CHAIN || line.rule.kind !== 'rule') return [];
        const [match] = line.rule.matches;
        const letter = match?.kind === 'comment' ? String(match.options.comment?.value) : '?';
        return [`${letter} ${String(line.counters?.packets)}`];
      });
    }

    it('leads from any rules to any others, and keeps the counters of those that stay', async () => {
      const seen = { kept: 0, new: 0 };
      const letters = fc
        .uniqueArray(fc.constantFrom(...Array.from('abcdefghij')), { maxLength: 8 })
        .map((list) => list.join(''));
      await fc.assert(
        fc.asyncProperty(letters, letters, async (live, target) => {
          const filled = rules(live).map(({ text }) => `[7:70] -A ${CHAIN} ${text}`);
          await write(['*mangle', `:${CHAIN} - [0:0]`, ...filled, 'COMMIT', ''].join('\n'), '--counters');
          const lines = chainLines(CHAIN, rules(live), rules(target));
          if (lines.length > 0) await write(printRestore('mangle', lines));
          const after = await held();
          assert.deepEqual(
            after.map((one) => one.slice(0, 1)),
            Array.from(target),
          );
          const kept = after.filter((one) => one.endsWith(' 7')).length;
          const written = lines.filter(({ text }) => /^-[RIA]/.test(text)).length;
          assert.equal(kept, target.length - written);
          seen.kept += kept;
          seen.new += after.length - kept;
        }),
        { numRuns: 100, endOnFailure: true },
      );
      process.stdout.write(`        ${JSON.stringify(seen)}\n`);
      assert.ok(seen.kept > 30 && seen.new > 30);
    });
  });
}
