import assert from 'node:assert/strict';
import fc from 'fast-check';
import { protocolText } from '../../src/domain/protocol.ts';
import { sameRule } from '../../src/iptables/compare.ts';
import { parseRule } from '../../src/iptables/parse-rule.ts';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printRule } from '../../src/iptables/print-rule.ts';
import { printSave } from '../../src/iptables/print-save.ts';
import type { Rule } from '../../src/iptables/rule.ts';
import { statusOf } from '../../src/iptables/table.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNamespace } from '../../src/system/namespace.ts';
import { JUMP_CHAINS, kernelRules, missingOptions } from '../support/kernel-rules.ts';
import type { Place } from '../support/kernel-table.ts';
import { findRefused, storeRules } from '../support/kernel-table.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import { readingOf, remark } from '../support/reading.ts';

const BATCH = 100;
const ROUNDS = 4;
const HOOKS = [
  ...['mangle PREROUTING', 'mangle INPUT', 'mangle FORWARD', 'mangle OUTPUT', 'mangle POSTROUTING'],
  ...['raw PREROUTING', 'raw OUTPUT', 'nat PREROUTING', 'filter FORWARD', 'filter OUTPUT'],
];

/** Rules so near to each other are compared pair by pair: the generator puts neighbours side by side. */
const NEAR = 8;

/** What no generated rule has: it needs sets, files, modules or an older kernel, or is never printed. */
const LEFT_OUT = [
  ...['cgroup path', 'CT helper', 'CT timeout', 'CONNMARK rightShift', 'CONNMARK mask'],
  ...['SET ', 'set '],
];

/** The rule with the name of its protocol that /etc/protocols of this machine lacks or has. */
function withOwnProtocol(text: string, { builtins: { protocol } }: Rule): string {
  return protocol === undefined ? text : text.replace(/-p \S+/, `-p ${protocolText(protocol.value)}`);
}

for (const backend of BACKENDS) {
  describe(`rules that the kernel has stored, ${backend}`, function () {
    this.timeout(120_000);
    let namespace: Namespace;
    const generated: Rule[] = [];
    const seen = { rules: 0, exact: 0, byProtocol: 0, pairs: 0, samePairs: 0 };

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      namespace = await openNamespace();
    });

    after(() => namespace.close());

    async function store(place: Place, rules: readonly string[]): Promise<readonly string[]> {
      const batch = { rules, chains: JUMP_CHAINS };
      const stored = await storeRules(namespace, place, batch);
      if (stored.kind === 'refused') {
        const refused = await findRefused(namespace, place, batch);
        assert.fail(`the generator made rules that the kernel refuses:\n${refused.join('\n')}`);
      }
      const { save, diagnostics } = parseSave(stored.dump);
      assert.equal(printSave(save), stored.dump);
      assert.deepEqual(diagnostics, []);
      assert.equal(statusOf(save, place.table), 'complete');
      assert.equal(stored.texts.length, rules.length);
      return stored.texts;
    }

    function compareToModel(rule: Rule, typed: string, saved: string): void {
      const read = parseRule(saved);
      const reading = readingOf(read);
      seen.rules += 1;
      if (saved === typed) {
        seen.exact += 1;
        assert.equal(reading, 'plain', saved);
      } else {
        // before 1.8.11 the name of a protocol is that of /etc/protocols
        seen.byProtocol += 1;
        assert.equal(withOwnProtocol(saved, rule), typed);
        assert.equal(reading, 'spelled', saved);
      }
      assert.ok(read.kind === 'rule');
      const { kind, builtins, matches, target } = read;
      assert.deepEqual({ kind, builtins, matches, target }, rule);
      assert.equal(printRule(read), saved);
    }

    /** The kernel knows which rules are the same: it prints them alike. */
    function comparePairs(place: Place, typed: readonly string[], saved: readonly string[]): void {
      for (const [index, one] of typed.entries()) {
        assert.ok(sameRule(one, saved[index] ?? '', place), `${one} | ${saved[index] ?? ''}`);
        for (let other = index + 1; other < Math.min(typed.length, index + NEAR); other += 1) {
          const isSame = saved[index] === saved[other];
          const text = `${one} | ${typed[other] ?? ''}`;
          assert.equal(sameRule(one, typed[other] ?? '', place), isSame, text);
          seen.pairs += 1;
          seen.samePairs += isSame ? 1 : 0;
        }
      }
    }

    for (const family of ['ipv4', 'ipv6'] as const) {
      for (const hook of HOOKS) {
        const [table = '', chain = ''] = hook.split(' ');
        const place: Place = { backend, family, table, chain };

        it(`are read as what they were made of, in ${hook} of ${family}`, async () => {
          await fc.assert(
            fc.asyncProperty(kernelRules(place, BATCH), async (rules) => {
              const typed = rules.map(printRule);
              const saved = await store(place, typed);
              rules.forEach((rule, index) => {
                compareToModel(rule, typed[index] ?? '', saved[index] ?? '');
              });
              comparePairs(place, typed, saved);
              generated.push(...rules);
            }),
            { numRuns: ROUNDS, endOnFailure: true },
          );
        });
      }
    }

    it('have met every option of the vocabulary that a kernel takes without more', () => {
      const { rules, exact, byProtocol, pairs, samePairs } = seen;
      remark(`${String(rules)} rules: ${String(exact)} as printed, ${String(byProtocol)} but for -p`);
      remark(`${String(pairs)} pairs compared, ${String(samePairs)} of them the same`);
      assert.ok(rules >= 1000 && pairs > 5 * rules && samePairs > rules / 20);
      const missing = missingOptions(generated);
      assert.deepEqual(
        missing.filter((option) => !LEFT_OUT.some((known) => option.startsWith(known))),
        [],
      );
    });
  });
}
