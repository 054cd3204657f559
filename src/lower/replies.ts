import { commentOf, connOf } from '../domain/conn-name.ts';
import { UNMARKED } from '../domain/mark.ts';
import { BLOCKED, markOf } from '../domain/saref.ts';
import { OUR_COMMENT } from '../host/own-chains.ts';
import type { Tables } from '../host/state.ts';
import { arg, commented, FIRST_DIRECTION, jumpTo, marked, rule } from '../iptables/build.ts';
import type { Chain, Table } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { Arrivals } from '../plan/arrivals.ts';
import type { Answered, MarkPlan } from '../plan/plan.ts';
import { answeredConns } from '../plan/plan.ts';
import { treeOf } from './saref-tree.ts';
import { liftZones } from './zones.ts';

/** Tells the flow of a packet that mast has decapsulated by which conn it is to be answered. */
export const ARRIVALS = 'SAREF-IN';

/** A conn that nobody knows: with a mark of its own the flow would be answered through somebody else's tunnel. */
const UNKNOWN = tableRule(
  rule([{ kind: 'connmark', options: { mark: arg(UNMARKED) } }, commented(OUR_COMMENT)], {
    kind: 'CONNMARK',
    options: { setXmark: arg(BLOCKED) },
  }),
);

/** The answers to flows that this host opened come in by mast, too: their flows have their memory. */
const toArrivals = (device: string): Chain['rules'][number] =>
  tableRule(rule([FIRST_DIRECTION], jumpTo(ARRIVALS), { inInterface: arg(device) }));

/** In front of all others, so that what follows finds the flow as it is to be. */
export function withReplies({ name, chains }: Table, plan: MarkPlan): Table {
  if (plan.inbound === undefined) return { name, chains };
  const all = new Map(chains);
  const { policy, rules } = all.get('PREROUTING') as Chain;
  all.set('PREROUTING', { policy, rules: [toArrivals(plan.interface), ...rules] });
  const items = answeredConns(plan).map((conn) => ({ ref: conn.answer.ref, rule: mapping(conn) }));
  for (const [chain, own] of treeOf(ARRIVALS, items)) {
    // a tree's rules leave the chain: behind them it would not be met
    all.set(chain, { policy: '-', rules: chain === ARRIVALS ? [UNKNOWN, ...own] : own });
  }
  return { name, chains: all };
}

function mapping({ conn, answer: { ref, mark } }: Answered): ReturnType<typeof tableRule> {
  return tableRule(
    rule([marked(markOf(ref)), commented(commentOf(conn))], {
      kind: 'CONNMARK',
      options: { setXmark: arg(mark) },
    }),
  );
}

/** What the rules of a host say of flows that come in by mast. */
export function liftArrivals({ mangle, raw }: Tables): Arrivals {
  const marks = new Map<string, number>();
  const refs = new Map<string, number>();
  for (const [name, { rules }] of mangle.chains) {
    if (name !== ARRIVALS && !name.startsWith(`${ARRIVALS}-`)) continue;
    for (const { rule: read } of rules) {
      if (read.kind !== 'rule' || read.target?.kind !== 'CONNMARK') continue;
      const nfmark = read.target.options.setXmark?.value.value;
      const inbound = read.matches.find((match) => match.kind === 'mark')?.options.mark?.value.value;
      const comment = read.matches.find((match) => match.kind === 'comment')?.options.comment?.value;
      if (nfmark === undefined || comment === undefined || inbound === undefined) continue;
      marks.set(connOf(comment), nfmark);
      refs.set(connOf(comment), inbound);
    }
  }
  return { isLearned: mangle.chains.has(ARRIVALS), marks, refs, zones: liftZones(raw) };
}
