import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Packet } from '../../src/domain/packet.ts';
import { BLOCKED, remembered } from '../../src/domain/saref.ts';
import { isBySender as asksSender } from '../../src/domain/sender.ts';
import type { ChangedFlows } from '../../src/flows/changed.ts';
import { changedFlows } from '../../src/flows/changed.ts';
import { deletionsOf } from '../../src/flows/deletions.ts';
import type { Flow } from '../../src/flows/flow.ts';
import { NO_ARRIVALS } from '../../src/plan/arrivals.ts';
import { clausesOf } from '../../src/plan/clauses.ts';
import { decide } from '../../src/plan/decide.ts';
import type { MarkPlan } from '../../src/plan/plan.ts';
import { compilePolicy, readPolicy } from '../../src/pipeline.ts';
import { compiledOf } from '../support/compiled.ts';
import type { FlowRecipe } from '../support/flows.ts';
import { anyFlow, flowFor } from '../support/flows.ts';
import { anyPolicy } from '../support/policies.ts';
import type { AnyPolicy } from '../support/written.ts';
import { printPolicy } from '../support/written.ts';

function planOf(policy: AnyPolicy): MarkPlan {
  return { ...compiledOf(printPolicy(policy)).plan, tracking: 'flow', inbound: undefined };
}

/** Undefined where these two do not go together. */
function withSarefsOf(policy: AnyPolicy, { sarefs }: AnyPolicy): MarkPlan | undefined {
  const text = printPolicy({ ...policy, sarefs });
  const plan = compilePolicy(readPolicy({ name: 'policy.yaml', text })).compiled?.plan;
  return plan && { ...plan, tracking: 'flow', inbound: undefined };
}

/** The packet that decides for its flow, if one does. */
function firstDecided(plan: MarkPlan, policy: AnyPolicy, recipe: FlowRecipe): Packet | undefined {
  const packets = flowFor(policy, recipe).packets.map((packet) => ({ ...packet, nfmark: 0, ctmark: 0 }));
  // no packet arrives from an address of this host, and none that leaves goes to where it comes from; what
  // mast has decapsulated is decided one by one, whatever its flow remembers
  return packets.find(
    (packet) =>
      packet.inInterface !== plan.interface &&
      packet.srcIsLocal === (packet.hook === 'OUTPUT') &&
      packet.src !== packet.dst &&
      decide(plan, packet).entry !== undefined,
  );
}

function flowOf({ src, dst, sport, dport, protocol }: Packet, ctmark: number): Flow {
  const ports = (from?: number, to?: number): object =>
    from === undefined || to === undefined ? {} : { sport: from, dport: to };
  return {
    original: { src, dst, protocol, ...ports(sport, dport) },
    reply: { src: dst, dst: src, protocol, ...ports(dport, sport) },
    ctmark,
  };
}

function isBySender(plan: MarkPlan, mark: number): boolean {
  return clausesOf(plan).some(({ selector, outcome }) => outcome?.nfmark === mark && asksSender(selector));
}

function change(before: MarkPlan, after: MarkPlan, flow: Flow, packet: Packet): ChangedFlows {
  const own = packet.srcIsLocal ? [{ address: packet.src, prefix: 32 }] : [];
  const [from, to] = [clausesOf(before), clausesOf(after)];
  const arrivals = { before: NO_ARRIVALS, after: NO_ARRIVALS };
  return changedFlows({
    before: from,
    after: to,
    standing: [],
    flows: [flow],
    own,
    arrivals,
    isByFlow: true,
  });
}

describe('running flows', function () {
  this.timeout(180_000);

  it('stay only where their next packet would be decided the same way', () => {
    let [stayed, followed, again] = [0, 0, 0];
    const property = fc.property(
      anyPolicy(),
      anyPolicy(),
      anyFlow(),
      fc.boolean(),
      (one, other, recipe, isSame) => {
        const before = planOf(one);
        const packet = firstDecided(before, one, recipe);
        if (packet === undefined) return;
        const { ctmark } = decide(before, packet);
        const flow = flowOf(packet, ctmark);
        // half of the policies differ in their conns alone
        const after = isSame ? withSarefsOf(one, other) : planOf(other);
        if (after === undefined) return;
        const { translations, followed: follows, again: leaves } = change(before, after, flow, packet);
        const mark = remembered(ctmark).value;
        const next = translations.find(({ from }) => from === mark)?.to ?? mark;
        // decided anew is right at any rate, and so is blocked until then where a sender may have decided
        const isUndecided = next === 0 || (next === BLOCKED.value && isBySender(before, mark));
        if (leaves.length > 0) assert.ok(isUndecided);
        else if (!isUndecided) assert.equal(next, decide(after, packet).entry?.decision.mark.value);
        if (leaves.length > 0) again += 1;
        else if (follows.length > 0) followed += 1;
        else stayed += 1;
        assert.equal(deletionsOf(leaves, { taken: new Set(), isExact: false }).length, leaves.length);
      },
    );
    fc.assert(property, { numRuns: 2000 });
    process.stdout.write(
      `        ${String(stayed)} stayed, ${String(followed)} followed, ${String(again)} again\n`,
    );
    assert.ok(stayed > 20 && followed > 20 && again > 20);
  });

  it('are left in peace by a policy that stays as it is', () => {
    const property = fc.property(anyPolicy(), anyFlow(), (policy, recipe) => {
      const plan = planOf(policy);
      const packet = firstDecided(plan, policy, recipe);
      if (packet === undefined) return;
      const flow = flowOf(packet, decide(plan, packet).ctmark);
      assert.deepEqual(change(plan, plan, flow, packet), {
        translations: [],
        lasting: [],
        followed: [],
        again: [],
      });
    });
    fc.assert(property, { numRuns: 500 });
  });
});
