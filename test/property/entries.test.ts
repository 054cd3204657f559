import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Packet } from '../../src/domain/packet.ts';
import { readPolicy } from '../../src/pipeline.ts';
import { clausesOf } from '../../src/plan/clauses.ts';
import { compareClauses } from '../../src/plan/compare.ts';
import { decide } from '../../src/plan/decide.ts';
import type { MarkPlan } from '../../src/plan/plan.ts';
import { resolvePlan } from '../../src/plan/resolve.ts';
import { checkDuplicateEntry } from '../../src/policy/checks/duplicate-entry.ts';
import { checkShadowedEntry } from '../../src/policy/checks/shadowed-entry.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { matchesSelector, MADE_HERE } from '../../src/domain/selector.ts';
import { packetOf } from '../support/packets.ts';
import { policyOf } from '../support/parsed.ts';

/** A world that is small enough to ask about every packet of it, with one of each kind that nobody names. */
const NETWORKS = ['10.9.1.0/30', '10.9.1.0/31', '10.9.1.2/31', '10.9.1.3'];
const ADDRESSES = [0x0a090100, 0x0a090101, 0x0a090102, 0x0a090103];
const PORTS = [0, 7, 8, 9, 10];
const ARRIVALS = ['eth0', 'eth1', 'eth9', MADE_HERE];

const PACKETS: readonly Packet[] = ADDRESSES.flatMap((src) =>
  ADDRESSES.flatMap((dst) =>
    ARRIVALS.flatMap((inInterface) => [
      ...[1, 99].map((protocol) => packetOf({ src, dst, protocol, inInterface })),
      ...[6, 17].flatMap((protocol) =>
        PORTS.map((dport) => packetOf({ src, dst, protocol, sport: 9, dport, inInterface })),
      ),
    ]),
  ),
);

function anyEntry(): fc.Arbitrary<object> {
  const side = fc.uniqueArray(fc.constantFrom(...NETWORKS), { minLength: 1, maxLength: 2 });
  const ports = fc.constantFrom('0-7', '8-65535', '7-8', 9);
  const wide = fc.record(
    { src: side, dst: side, proto: fc.constantFrom('tcp', 17, 'icmp'), in: fc.constantFrom('eth0', 'eth1') },
    { requiredKeys: ['src'] },
  );
  const narrow = fc.record(
    {
      src: side,
      dst: side,
      proto: fc.constantFrom('tcp', 'udp'),
      dport: ports,
      in: fc.constantFrom('eth0', 'eth1'),
    },
    { requiredKeys: ['src', 'proto', 'dport'] },
  );
  const down = fc.constantFrom<object>({}, {}, {}, { down: 'skip' });
  return fc.tuple(fc.oneof(wide, wide, narrow), down).map(([selector, rest]) => ({ ...selector, ...rest }));
}

function policyText(entries: readonly object[]): string {
  const listed = entries.map((entry, index) => JSON.stringify({ conn: `c${String(index)}`, ...entry }));
  return `version: 1\nmast: { ike-ports: [] }\nentries: [${listed.join(', ')}]\n`;
}

/** With every conn up but those of other entries that step aside while theirs is down. */
function planFor({ entries, ...policy }: Policy, asked: number): MarkPlan {
  const lines = entries.map(({ conn, down }, index) => ({
    conn,
    refhim: index === asked || down === 'block' ? { value: index + 1, span: conn.span } : undefined,
    ref: undefined,
  }));
  return resolvePlan({ ...policy, entries }, { kind: 'map', lines });
}

describe('the check for entries that never match', function () {
  this.timeout(180_000);

  it('finds an entry if and only if no packet is decided by it while earlier ones step aside', () => {
    const counts = { shadowed: 0, duplicate: 0, free: 0 };
    const property = fc.property(fc.array(anyEntry(), { minLength: 1, maxLength: 7 }), (entries) => {
      const policy = policyOf(policyText(entries));
      const spansOf = (diagnostics: ReturnType<typeof checkShadowedEntry>): number[] =>
        diagnostics.map(({ labels: [label] }) => label?.span.start ?? -1);
      const shadowed = spansOf(checkShadowedEntry(policy));
      const duplicates = spansOf(checkDuplicateEntry(policy));
      policy.entries.forEach(({ conn, down, src, dst }, index) => {
        // an entry for every address reaches out of the world
        if (src === undefined || dst === undefined) return;
        const plan = planFor(policy, index);
        const own = plan.entries[index];
        const isDecided = PACKETS.some((packet) => decide(plan, packet).entry === own);
        const isShadowed = shadowed.includes(conn.span.start);
        const isDuplicate = duplicates.includes(conn.span.start);
        // two of a kind that both step aside are a duplicate, though the first of them may be down
        if (isDuplicate && down === 'skip') return;
        assert.equal(isShadowed || isDuplicate, !isDecided, `${policyText(entries)}entry ${String(index)}`);
        counts[isShadowed ? 'shadowed' : isDuplicate ? 'duplicate' : 'free'] += 1;
      });
    });
    fc.assert(property, { numRuns: 1500 });
    process.stdout.write(`        ${JSON.stringify(counts)}\n`);
    assert.ok(counts.shadowed > 200 && counts.free > 1000, JSON.stringify(counts));
  });
});

describe('two plans compared', function () {
  this.timeout(180_000);

  it('differ for a packet if and only if a change speaks of it, and every example is decided in two ways', () => {
    const seen = { changed: 0, equal: 0, changes: 0 };
    const lists = fc.array(anyEntry(), { minLength: 1, maxLength: 4 }).chain((entries) =>
      fc.tuple(
        fc.constant(entries),
        // the same entries in part: a change among many that stay is the usual case
        fc
          .tuple(fc.shuffledSubarray(entries), fc.array(anyEntry(), { maxLength: 1 }))
          .map(([some, more]) => [...some, ...more]),
      ),
    );
    const planOf = (entries: readonly object[]): MarkPlan => {
      const withSarefs = entries.map((entry) => ({
        ...entry,
        saref: 1 + (JSON.stringify(entry).length % 3),
      }));
      const named = withSarefs.map((entry) => ({ ...entry, conn: `c${String(entry.saref)}` }));
      const { policy } = readPolicy({ name: 'policy.yaml', text: policyText(named) });
      assert.ok(policy);
      return resolvePlan(policy, { kind: 'map', lines: [] });
    };
    const property = fc.property(lists, ([one, other]) => {
      const [old, next] = [planOf(one), planOf(other)];
      const changes = compareClauses(clausesOf(old), clausesOf(next));
      seen.changes += changes.length;
      for (const { example } of changes) {
        const packet = packetOf(example);
        assert.notEqual(decide(old, packet).nfmark, decide(next, packet).nfmark);
      }
      for (const packet of PACKETS) {
        const [before, after] = [decide(old, packet), decide(next, packet)];
        const told = changes.filter(
          (change) =>
            change.before?.origin === before.entry?.origin && change.after?.origin === after.entry?.origin,
        );
        const isTold = told.some(({ packets }) => matchesSelector(packets, packet));
        const isChanged = before.nfmark !== after.nfmark;
        // the corner of addresses that are their own other end is nobody's example
        if (packet.src !== packet.dst) assert.equal(isTold, isChanged);
        seen[isChanged ? 'changed' : 'equal'] += 1;
      }
    });
    fc.assert(property, { numRuns: 400 });
    process.stdout.write(`        ${JSON.stringify(seen)}\n`);
    assert.ok(seen.changed > 10_000 && seen.equal > 10_000 && seen.changes > 200, JSON.stringify(seen));
  });
});
