import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stepsTo } from '../../src/delta/delta.ts';
import { simulate } from '../../src/delta/simulate.ts';
import { packetText } from '../../src/domain/packet.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost, onKernel } from '../../src/host/state.ts';
import type { Layout } from '../../src/lower/layout.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { compilePolicy, goalOf, goalWithoutOurs, readPolicy } from '../../src/pipeline.ts';
import { laidOut, soundOf } from '../support/compiled.ts';
import { listOf } from '../support/arbitraries.ts';
import { fateOf } from '../support/fate.ts';
import { anyFlow, flowFor } from '../support/flows.ts';
import { anyPolicy } from '../support/policies.ts';
import { remark } from '../support/reading.ts';
import type { AnyPolicy } from '../support/written.ts';
import { printPolicy } from '../support/written.ts';

function statesOnTheWay(live: HostState, goal: ReturnType<typeof goalOf>): HostState[] {
  const states = [live];
  for (const step of stepsTo(goal, live)) states.push(simulate(states.at(-1) as HostState, [step]));
  return states;
}

/** Undefined where these two do not go together. */
function withSarefsOf(policy: AnyPolicy, { sarefs }: AnyPolicy, layout: Layout): Compiled | undefined {
  const reading = readPolicy({ name: 'policy.yaml', text: printPolicy({ ...policy, sarefs }) });
  return compilePolicy(reading, undefined, laidOut(layout)).compiled;
}

const anyLayout = fc.constantFrom('rules' as const, 'tree' as const, 'sets' as const);

describe('a host on its way from one policy to another', function () {
  this.timeout(120_000);

  it('sends each packet as before, as wanted, or nowhere, behind every step', () => {
    let [steps, packets, blocked] = [0, 0, 0];
    const property = fc.property(
      anyPolicy(),
      anyPolicy(),
      listOf(6, anyFlow()),
      fc.constantFrom('empty', 'change', 'sarefs', 'remove'),
      fc.tuple(anyLayout, anyLayout),
      (one, other, recipes, way, [before, after]) => {
        const old = soundOf(printPolicy(one), laidOut(before));
        const next =
          way === 'sarefs' ? withSarefsOf(one, other, before) : soundOf(printPolicy(other), laidOut(after));
        fc.pre(next !== undefined);
        // another device, or another routing table, would be another host
        const placeOf = ({ plan }: typeof old): string => `${plan.interface} ${String(plan.table)}`;
        fc.pre(placeOf(old) === placeOf(next));
        const start = onKernel(way === 'empty' ? emptyHost(next.host) : old.host);
        const goal = way === 'remove' ? goalWithoutOurs(old.plan) : goalOf(next);
        const states = statesOnTheWay(start, goal);
        const [first, last] = [states[0] as HostState, states.at(-1) as HostState];
        steps += states.length - 1;
        for (const recipe of recipes.slice(0, 3))
          for (const packet of flowFor(one, recipe).packets) {
            const allowed = [fateOf(first, packet), fateOf(last, packet), 'blocked'];
            for (const state of states.slice(1, -1)) {
              const fate = fateOf(state, packet);
              packets += 1;
              if (fate === 'blocked') blocked += 1;
              assert.ok(
                allowed.includes(fate),
                `${way}: ${packetText(packet)} has ${fate}, not one of ${allowed.join(', ')}, behind ${String(states.indexOf(state))} of ${String(states.length - 1)} steps`,
              );
            }
          }
      },
    );
    fc.assert(property, { numRuns: 400 });
    remark(`${String(steps)} steps, ${String(packets)} packets on the way, ${String(blocked)} blocked`);
    assert.ok(steps > 1000 && packets > 5000);
  });
});
