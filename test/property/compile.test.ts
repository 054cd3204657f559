import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isMarked } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { matchesSelector } from '../../src/domain/selector.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost } from '../../src/host/state.ts';
import { diffPolicy } from '../../src/pipeline.ts';
import { decide } from '../../src/plan/decide.ts';
import { activeEntriesOf } from '../../src/plan/plan.ts';
import type { MarkPlan } from '../../src/plan/plan.ts';
import type { Egress } from '../../src/trace/route.ts';
import { trace } from '../../src/trace/trace.ts';
import { compiledOf } from '../support/compiled.ts';
import { anyPacket, anyPolicy, packetFor, printPolicy } from '../support/policies.ts';
import { printSteps } from '../support/steps.ts';

const POLICIES = 1000;
const PACKETS = 20;

/** The ip rules that every kernel starts with around ours. */
function onKernel(host: HostState): HostState {
  const first = { priority: 0, words: 'from all lookup local' };
  const last = [
    { priority: 32766, words: 'from all lookup main' },
    { priority: 32767, words: 'from all lookup default' },
  ];
  return { ...host, ipRules: [first, ...host.ipRules, ...last] };
}

function withRoutes(host: HostState, isKept: (words: string) => boolean): HostState {
  const routes = host.routes.routes.filter(({ words }) => isKept(words));
  return { ...host, routes: { ...host.routes, routes } };
}

/** What a host does with marked packets that are neither for it nor decapsulated: all others go by main. */
interface Variant {
  readonly state: HostState;
  readonly ofMarked: Egress;
}

function variantsOf(host: HostState): Variant[] {
  const device = host.link.name;
  const up = onKernel(host);
  return [
    { state: up, ofMarked: { kind: 'device', device } },
    // the kernel drops the routes of a device that goes down
    { state: withRoutes(up, (words) => !words.includes(device)), ofMarked: { kind: 'unreachable' } },
    { state: withRoutes(up, () => false), ofMarked: { kind: 'unreachable' } },
  ];
}

function egressFor(packet: Packet, nfmark: number, { state, ofMarked }: Variant): Egress {
  if (packet.dstIsLocal) return { kind: 'local' };
  const isDecapsulated = packet.inInterface === state.link.name;
  return isMarked(nfmark) && !isDecapsulated ? ofMarked : { kind: 'main' };
}

/** How a packet was decided. Exempt: an entry would have matched. */
type Rank = 'rank 1' | 'rank 2' | 'rank 3+' | 'exempt' | 'none';

function rankOf(plan: MarkPlan, packet: Packet): Rank {
  const entries = activeEntriesOf(plan);
  const { entry } = decide(plan, packet);
  if (entry === undefined)
    return entries.some(({ selector }) => matchesSelector(selector, packet)) ? 'exempt' : 'none';
  const index = entries.indexOf(entry);
  return index === 0 ? 'rank 1' : index === 1 ? 'rank 2' : 'rank 3+';
}

/** What makes a packet worth asking about, beside its rank. */
function traitsOf(plan: MarkPlan, packet: Packet): string[] {
  const { entry } = decide(plan, packet);
  const entries = activeEntriesOf(plan).filter(({ selector }) => matchesSelector(selector, packet));
  const isOwnIpsec = rankOf(plan, packet) === 'exempt' && !isMarked(packet.nfmark) && !packet.dstIsLocal;
  return [
    // a later entry would have given it another mark
    ...(entry !== undefined && new Set(entries.map(({ decision }) => decision.mark.value)).size > 1
      ? ['contested']
      : []),
    ...(entry?.decision.kind === 'block' ? ['blocked'] : []),
    ...(isOwnIpsec ? ['own IPsec'] : []),
    ...(entry !== undefined && packet.nfmark !== 0 ? ['with bits of others'] : []),
  ];
}

/** In percent: a property that does not meet the interesting packets proves nothing. */
const LEAST_SHARES = {
  'rank 1': 15,
  'rank 2': 6,
  'rank 3+': 6,
  exempt: 25,
  none: 8,
  contested: 10,
  blocked: 3,
  'own IPsec': 3,
  'with bits of others': 10,
};

describe('a compiled policy', function () {
  this.timeout(60_000);
  const counts = new Map<string, number>();

  function count(plan: MarkPlan, packet: Packet): void {
    for (const trait of ['packet', rankOf(plan, packet), ...traitsOf(plan, packet)])
      counts.set(trait, (counts.get(trait) ?? 0) + 1);
  }

  it(`gives each packet the mark that the policy says, and the way out: ${String(POLICIES)} policies`, () => {
    const packets = fc.array(anyPacket(), { minLength: PACKETS, maxLength: PACKETS });
    const theorem = fc.property(anyPolicy(), packets, (policy, recipes) => {
      const { plan, host } = compiledOf(printPolicy(policy));
      const variants = variantsOf(host);
      for (const recipe of recipes) {
        const packet = packetFor(policy, recipe);
        const { nfmark } = decide(plan, packet);
        for (const variant of variants) {
          const traced = trace(variant.state, packet);
          assert.deepEqual(
            { nfmark: traced.nfmark, egress: traced.egress, doubts: traced.doubts },
            { nfmark, egress: egressFor(packet, nfmark, variant), doubts: [] },
          );
        }
        count(plan, packet);
      }
    });
    fc.assert(theorem, { numRuns: POLICIES });
  });

  it('has been asked about packets of every rank, exempt ones and ones of no entry', () => {
    const total = counts.get('packet') ?? 0;
    const shareOf = (trait: string): number => Math.round((100 * (counts.get(trait) ?? 0)) / total);
    const shares = Object.keys(LEAST_SHARES).map((trait) => `${trait} ${String(shareOf(trait))} %`);
    process.stdout.write(`        ${String(total)} packets: ${shares.join(', ')}\n`);
    assert.equal(total, POLICIES * PACKETS);
    for (const [trait, least] of Object.entries(LEAST_SHARES)) assert.ok(shareOf(trait) >= least, trait);
  });

  it('does not depend on the order of the sarefs map', () => {
    const shuffled = anyPolicy().chain((policy) =>
      fc.tuple(
        fc.constant(policy),
        fc.shuffledSubarray([...policy.sarefs], { minLength: policy.sarefs.length }),
      ),
    );
    const stepsOf = (text: string): string => {
      const result = compiledOf(text);
      return printSteps(diffPolicy(result, emptyHost(result.host)));
    };
    const order = fc.property(shuffled, ([policy, sarefs]) => {
      assert.equal(stepsOf(printPolicy({ ...policy, sarefs })), stepsOf(printPolicy(policy)));
    });
    fc.assert(order, { numRuns: 200 });
  });

  it('has nothing to do on the host that it asks for', () => {
    const nothing = fc.property(anyPolicy(), (policy) => {
      const result = compiledOf(printPolicy(policy));
      assert.deepEqual(diffPolicy(result, result.host), []);
      assert.deepEqual(diffPolicy(result, onKernel(result.host)), []);
    });
    fc.assert(nothing, { numRuns: 200 });
  });
});
