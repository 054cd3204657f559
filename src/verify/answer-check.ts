import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isError } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import { answeredConns } from '../plan/plan.ts';
import { arrivalWitnesses } from './arrival-witnesses.ts';
import type { Check } from './check.ts';
import { notApplicable } from './check.ts';
import { compareTrace } from './compare-trace.ts';
import type { TraceScene } from './trace-check.ts';
import { checkOfPackets } from './trace-check.ts';

const NAME = 'answers';

/**
 * Whether each conn that flows come in by gets their answers: what comes in by mast tells its flow which
 * conn that is, the answers go by it, and equal flows of two conns are two flows.
 */
export function checkAnswers(scene: TraceScene): Check {
  const { plan, live, own } = scene;
  if (plan.inbound === undefined) return notApplicable(NAME, 'they go as the entries say');
  const followed = Array.from(arrivalWitnesses(plan, own), ({ conn, witnesses: [arrival, ...others] }) => {
    const first = compareTrace(scene, arrival);
    const rest = others.map((witness) => compareTrace(scene, witness));
    return { conn, zone: first.zone ?? NO_ZONE, compared: [first, ...rest] };
  });
  const isKnown = new Set(answeredConns(plan).map(({ conn }) => conn));
  const zoned = followed.filter(({ conn }) => isKnown.has(conn));
  const compared = followed.flatMap((one) => one.compared);
  const { diagnostics: ofPackets, ...check } = checkOfPackets(NAME, compared, scene);
  const ofTables = [...sharedZones(zoned), ...(zoned.length > 1 ? lostNat(live) : [])];
  return {
    ...check,
    result: ofTables.some(isError) ? 'failed' : check.result,
    text: `${connsText(zoned.length)}; ${check.text}`,
    diagnostics: [...ofPackets, ...ofTables],
  };
}

/** That of everybody: of packets without a rule for it, too. */
const NO_ZONE = 0;

function connsText(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'conn' : 'conns'} that flows come in by`;
}

interface Zoned {
  readonly conn: string;
  readonly zone: number;
}

const MOST_CONNS = 5;
const HELP = 'put it right:\nsaref-mark apply POLICY.yaml';

function sharedZones(zoned: readonly Zoned[]): Diagnostic[] {
  const byZone = new Map<number, string[]>();
  for (const { conn, zone } of zoned) {
    const conns = byZone.get(zone) ?? [];
    conns.push(conn);
    byZone.set(zone, conns);
  }
  const shared = [...byZone].filter(([zone, conns]) => zone === NO_ZONE || conns.length > 1);
  if (shared.length === 0) return [];
  const lines = shared.map(([zone, conns]) => {
    const more = conns.length > MOST_CONNS ? ` and ${String(conns.length - MOST_CONNS)} more` : '';
    const what = zone === NO_ZONE ? 'no zone of their own' : `zone ${String(zone)}`;
    return `    ${what}: ${conns.slice(0, MOST_CONNS).join(', ')}${more}`;
  });
  const detail = `In conntrack, what comes in by these conns has\n${lines.slice(0, MOST_CONNS).join('\n')}`;
  return [{ code: 'SM4020', labels: [], detail, help: HELP }];
}

const NAT_HOOKS = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'];

/**
 * Its core alone gives the second of two equal flows another source port. A chain without a rule is no
 * proof that there is one: iptables-nft-save 1.8.9 prints all, whether they are there or not.
 */
function lostNat({ tables: { nat } }: HostState): Diagnostic[] {
  if (NAT_HOOKS.some((hook) => (nat.chains.get(hook)?.rules ?? []).length > 0)) return [];
  const detail = 'No chain of a hook has a rule in the nat table, so nothing says that there is one.';
  return [{ code: 'SM4021', labels: [], detail, help: HELP }];
}
