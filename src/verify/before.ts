import { diffHosts } from '../delta/delta.ts';
import { simulate } from '../delta/simulate.ts';
import { checkAnswers } from './answer-check.ts';
import type { Check } from './check.ts';
import { notChecked } from './check.ts';
import { checkDevice } from './environment.ts';
import { checkNeighbours } from './neighbours.ts';
import { parseOwnAddresses } from './own-addresses.ts';
import { readLinkTexts, readLive } from './read-live.ts';
import { checkRedirects } from './redirects.ts';
import { checkSarefs } from './saref-check.ts';
import { checkSegments } from './segments.ts';
import { checkTrace } from './trace-check.ts';
import { checkUnmarkedRoutes } from './unmarked-routes.ts';
import { checkUpdown } from './updown-check.ts';
import type { VerifyPorts, Wish } from './verify.ts';

/**
 * What verification would say of the host itself once the policy is applied: nothing is written, and packets
 * are followed through the rules that there would be then, those of others among them.
 *
 * @throws CommandFailed of system/ where the host cannot be read
 */
export async function checkBefore(
  { plan, goal }: Wish,
  { tools, ...ports }: Pick<VerifyPorts, 'tools' | 'askPluto' | 'readIpsecConf' | 'readBeside'>,
): Promise<Check[]> {
  const own = parseOwnAddresses(await tools.readAddresses());
  const { state: live, diagnostics } = await readLive(tools, goal.ours);
  if (live === undefined) return [notChecked('host', 'what it holds cannot be read', diagnostics)];
  const target = goal.targetOn(live);
  const coming = simulate(live, diffHosts({ live, target, ours: goal.ours }));
  const rules = 'rules to come';
  const scene = { plan, target, live: coming, own, isRoutingSaid: false, rules } as const;
  return [
    checkDevice({ live, steps: [] }),
    checkNeighbours({ live, target, beside: await ports.readBeside() }),
    checkTrace(scene),
    checkAnswers(scene),
    await checkUnmarkedRoutes({ plan, own, ask: (queries) => tools.routesOf(queries) }),
    ...checkRedirects(plan, live),
    checkSegments(live, await readLinkTexts(tools)),
    checkSarefs(plan, await ports.askPluto()),
    checkUpdown(plan, await ports.readIpsecConf()),
  ];
}
