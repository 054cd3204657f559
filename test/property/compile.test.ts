import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesMark, setXmark } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { BLOCKED, markOf, sarefBitsOf } from '../../src/domain/saref.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost } from '../../src/host/state.ts';
import { liftZones } from '../../src/lower/zones.ts';
import { lowerPlan } from '../../src/lower/lower.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { diffPolicy } from '../../src/pipeline.ts';
import type { MarkPlan } from '../../src/plan/plan.ts';
import { decide, isProtected } from '../../src/plan/decide.ts';
import type { Egress } from '../../src/trace/route.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { trace } from '../../src/trace/trace.ts';
import { listOf } from '../support/arbitraries.ts';
import { laidOut, soundOf } from '../support/compiled.ts';
import type { Flow } from '../support/flows.ts';
import { anyFlow, flowFor } from '../support/flows.ts';
import type { Case } from '../support/kinds.ts';
import { caseOf, kindsOf, LEAST_SHARES } from '../support/kinds.ts';
import { anyPolicy } from '../support/policies.ts';
import { remark } from '../support/reading.ts';
import { printSteps } from '../support/steps.ts';
import type { AnyPolicy } from '../support/written.ts';
import { inboundOf, meaningsOf, printPolicy, protectionOf } from '../support/written.ts';

const POLICIES = 2000;
/** Of 1 to 4 packets each: 20 packets of a policy, and a few more. */
const FLOWS = 9;
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

function variantsOf(host: HostState, other: HostState): Variant[] {
  const device = host.link.name;
  const up = onKernel(host);
  return [
    { state: up, ofMarked: { kind: 'device', device } },
    { state: onKernel(other), ofMarked: { kind: 'device', device } },
    // the kernel drops the routes of a device that goes down
    { state: withRoutes(up, (words) => !words.includes(device)), ofMarked: { kind: 'unreachable' } },
    { state: withRoutes(up, () => false), ofMarked: { kind: 'unreachable' } },
  ];
}

function egressFor(plan: MarkPlan, packet: Packet, { ofMarked }: Variant): Trace['egress'] {
  if (packet.dstIsLocal) return { kind: 'local' };
  const { dst, leavesByMast } = decide(plan, packet);
  if (leavesByMast) return ofMarked;
  return { kind: isProtected(plan, { ...packet, dst }) ? 'dropped' : 'main' };
}

/** That of the conn that the first direction of a flow came in by. */
function zoneFor({ inbound, ...plan }: MarkPlan, packet: Packet, { state }: Variant): number | undefined {
  if (packet.inInterface !== plan.interface || packet.direction === 'reply') return undefined;
  const arrived = inbound?.find(
    ({ answer }) => answer !== undefined && matchesMark(packet.nfmark, markOf(answer.ref)),
  );
  return arrived && liftZones(state.tables.raw).get(arrived.conn);
}

interface InTwoLayouts extends Compiled {
  readonly other: HostState;
}

/** What a policy that says nothing about it means. */
const MAST = { interface: 'mast0', table: 50, 'ike-ports': [500, 4500] };

describe('a compiled policy', function () {
  this.timeout(180_000);

  for (const tracking of ['flow', 'packet'] as const) {
    describe(`with tracking: ${tracking}`, () => {
      const counts = new Map<string, number>();
      let turn = 0;

      function count(one: Case): void {
        for (const kind of ['packet', ...kindsOf(one)]) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }

      function follow(policy: AnyPolicy, { plan, host, other }: InTwoLayouts, flow: Flow): void {
        const variants = variantsOf(host, other);
        let { ctmark } = flow;
        for (const arrived of flow.packets) {
          const packet = { ...arrived, ctmark };
          const one = caseOf(policy, plan, packet);
          const { nfmark, ctmark: left, dst } = one.decided;
          for (const variant of variants) {
            const traced = trace(variant.state, packet);
            const egress = egressFor(plan, packet, variant);
            const { path, routedBy } = traced;
            const zone = zoneFor(plan, packet, variant);
            // one from client to client gets its SAref behind routing
            const isStopped = one.decided.leavesByMast && egress.kind === 'unreachable';
            const isOnward = packet.inInterface === plan.interface && isStopped;
            const marked = isOnward ? setXmark(nfmark, BLOCKED) : nfmark;
            assert.deepEqual(traced, {
              ...{ nfmark: marked, ctmark: left, dst, zone, egress, doubts: [], path, routedBy },
            });
          }
          count(one);
          ctmark = left;
        }
      }

      it(`gives each packet of a flow the marks that the policy says, and the way out: ${String(POLICIES)} policies`, () => {
        const theorem = fc.property(anyPolicy(), listOf(FLOWS, anyFlow()), (policy, recipes) => {
          const text = printPolicy({ ...policy, tracking });
          const compiled = soundOf(text);
          const other = lowerPlan(compiled.plan, laidOut((turn += 1) % 2 === 0 ? 'tree' : 'sets')).host;
          for (const recipe of recipes) follow(policy, { ...compiled, other }, flowFor(policy, recipe));
        });
        fc.assert(theorem, { numRuns: POLICIES });
      });

      it('has been asked about packets of every rank and kind', () => {
        const total = counts.get('packet') ?? 0;
        const shareOf = (trait: string): number => (100 * (counts.get(trait) ?? 0)) / total;
        const shares = Object.keys(LEAST_SHARES).map((trait) => `${trait} ${shareOf(trait).toFixed(1)} %`);
        remark(`${String(total)} packets: ${shares.join(', ')}`);
        assert.ok(total >= POLICIES * PACKETS);
        for (const [trait, least] of Object.entries(LEAST_SHARES)) assert.ok(shareOf(trait) >= least, trait);
      });
    });
  }

  it('is what the policy says, however it is written', () => {
    const reading = fc.property(anyPolicy(), (policy) => {
      const { plan } = soundOf(printPolicy(policy));
      const { tracking = 'packet', mast = MAST } = policy;
      assert.deepEqual(
        {
          tracking: plan.tracking,
          mast: { interface: plan.interface, table: plan.table, 'ike-ports': plan.ikePorts },
          inside: plan.protect.map(({ network }) => network),
          outside: plan.unprotected,
          inbound: plan.inbound?.map(({ conn, answer }) => ({
            conn,
            answer: answer && { ref: answer.ref, refhim: sarefBitsOf(answer.mark.value) },
          })),
          entries: plan.entries.map(({ conn, sarefs, selector, mapsTo, over, decision: { kind } }) => ({
            ...{ conn, sarefs, selector, mapsTo, over, kind },
          })),
        },
        {
          tracking,
          // fast-check's records have no prototype
          mast: { ...mast },
          ...protectionOf(policy),
          inbound: inboundOf(policy),
          entries: meaningsOf(policy).map(({ conn, sarefs, selector, mapsTo, over, isBySocket, down }) => ({
            ...{ conn, sarefs, selector, mapsTo, over },
            kind: isBySocket ? 'socket' : sarefs === 'down' ? down : 'mark',
          })),
        },
      );
    });
    fc.assert(reading, { numRuns: 500 });
  });

  it('does not depend on the order of any map: the sarefs, the networks, the keys of the defaults', () => {
    const stepsOf = (text: string): string => {
      const result = soundOf(text);
      return printSteps(diffPolicy(result, emptyHost(result.host)));
    };
    const order = fc.property(anyPolicy(), fc.compareFunc<string>(), (policy, compare) => {
      assert.equal(stepsOf(printPolicy(policy, compare)), stepsOf(printPolicy(policy)));
    });
    fc.assert(order, { numRuns: 200 });
  });

  it('has nothing to do on the host that it asks for', () => {
    const nothing = fc.property(anyPolicy(), (policy) => {
      const result = soundOf(printPolicy(policy));
      assert.deepEqual(diffPolicy(result, result.host), []);
      assert.deepEqual(diffPolicy(result, onKernel(result.host)), []);
    });
    fc.assert(nothing, { numRuns: 200 });
  });
});
