import type { Goal } from '../delta/change.ts';
import { diffHosts } from '../delta/delta.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { Holding } from '../system/backend-in-use.ts';
import type { ConfAnswer } from '../system/ipsec-conf.ts';
import type { PlutoAnswer } from '../system/pluto.ts';
import { checkAnswers } from './answer-check.ts';
import type { Check } from './check.ts';
import { notChecked } from './check.ts';
import { checkEnvironment, isRoutingAmiss } from './environment.ts';
import type { RouteScene } from './kernel-routes.ts';
import { checkKernelRoutes } from './kernel-routes.ts';
import type { Probed, ProbePorts } from './live-probe.ts';
import { probeHost } from './live-probe.ts';
import { liveProbes } from './live-probes.ts';
import { checkNeighbours } from './neighbours.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { parseOwnAddresses } from './own-addresses.ts';
import { checkForwardedProbes, checkProbes } from './probe-check.ts';
import { FORWARDING, readLinkTexts, readLive } from './read-live.ts';
import { checkRedirects } from './redirects.ts';
import { checkSarefs } from './saref-check.ts';
import { checkSegments } from './segments.ts';
import { checkTrace } from './trace-check.ts';
import { checkUnmarkedRoutes } from './unmarked-routes.ts';
import { checkUpdown } from './updown-check.ts';

/** What verification needs of the machine. */
export interface VerifyPorts extends ProbePorts {
  readonly askPluto: () => Promise<PlutoAnswer>;
  readonly readIpsecConf: () => Promise<ConfAnswer>;
  /** What the back end holds that is not in use; undefined where that is nothing. */
  readonly readBeside: () => Promise<Holding | undefined>;
  /** A source port that no flow has, for packets that are sent. */
  readonly freshPort: number;
}

/** What a policy means, and what it asks of a host. */
export interface Wish {
  readonly plan: MarkPlan;
  readonly goal: Goal;
}

export interface Verification {
  readonly checks: readonly Check[];
  /** Absent where no packets were to be sent. */
  readonly probed: Probed | undefined;
}

/**
 * The live host against the plan, by everything that can be asked of it.
 *
 * @param probing whether packets are sent, and let go
 * @throws CommandFailed of system/ where the host cannot be read
 */
export async function verifyHost(
  wish: Wish,
  ports: VerifyPorts,
  probing: 'no probe' | 'drop' | 'send',
): Promise<Verification> {
  const { plan } = wish;
  const { tools } = ports;
  const own = parseOwnAddresses(await tools.readAddresses());
  const around = [
    ...(await checkLive(wish, ports, own)),
    checkSarefs(plan, await ports.askPluto()),
    checkUpdown(plan, await ports.readIpsecConf()),
  ];
  if (probing === 'no probe') return { checks: around, probed: undefined };
  const probes = liveProbes(plan, { own, freshPort: ports.freshPort });
  const probed = await probeHost(
    probes.probes,
    { device: plan.interface, isSending: probing === 'send' },
    ports,
  );
  return { checks: [...around, checkProbes(plan, probes, probed), checkForwardedProbes(plan)], probed };
}

/** What is read of the host at once, and what the kernel says of its routes. */
async function checkLive(
  { plan, goal }: Wish,
  { tools, readBeside }: VerifyPorts,
  own: OwnAddresses,
): Promise<Check[]> {
  const { state: live, diagnostics } = await readLive(tools, goal.ours);
  if (live === undefined) return [notChecked('host', 'what it holds cannot be read', diagnostics)];
  const target = goal.targetOn(live);
  const around = { live, target, steps: diffHosts({ live, target, ours: goal.ours }) };
  const scene = { plan, target, live, own, isRoutingSaid: isRoutingAmiss(around) };
  const ask: RouteScene['ask'] = (queries) => tools.routesOf(queries);
  return [
    ...checkEnvironment(around),
    checkNeighbours({ ...around, beside: await readBeside() }),
    checkTrace(scene),
    checkAnswers(scene),
    ...(await checkKernelRoutes({
      ...{ plan, own, ask },
      isForwarding: live.sysctls.get(FORWARDING) === true,
    })),
    await checkUnmarkedRoutes({ plan, own, ask }),
    ...checkRedirects(plan, live),
    checkSegments(live, await readLinkTexts(tools)),
  ];
}
