import type { Cidr } from '../domain/cidr.ts';
import { cidrText } from '../domain/cidr.ts';
import { BLOCKED, markOf, toSaref } from '../domain/saref.ts';
import type { Saref } from '../domain/saref.ts';
import type { Entry, Policy, SarefLine, Spanned } from '../policy/policy.ts';
import type { Decision, InboundConn, MarkPlan, Sarefs } from './plan.ts';
import type { FindConn, SarefTable } from './saref-table.ts';
import { finderIn } from './saref-table.ts';

/** Names to values. Policy and table have passed their checks. */
export function resolvePlan(policy: Policy, table: SarefTable): MarkPlan {
  const findConn = finderIn(table);
  return {
    tracking: policy.tracking,
    interface: policy.mast.interface,
    table: policy.mast.table,
    ikePorts: policy.mast.ikePorts,
    inbound: inboundConns(policy, table),
    protect: policy.protect.inside.map(({ value, span }) => ({ network: value, origin: span })),
    unprotected: policy.protect.outside,
    outerPeers: outerPeers(policy.entries, findConn),
    entries: policy.entries.map((entry) => {
      const { conn, saref, selector, mapsTo, over, description, contact } = entry;
      const sarefs = sarefsOf(saref ?? findConn(conn.value).live[0]);
      if (selector === undefined) throw new Error('an entry that its checks let through cannot be read');
      return {
        conn: conn.value,
        sarefs,
        selector,
        mapsTo,
        over: over?.value,
        decision: entry.cgroup?.value.isThere === false ? { kind: 'skip' } : decisionOf(entry, sarefs),
        description,
        contact,
        origin: conn.span,
      };
    }),
  };
}

/** Addresses of another family than ours are no packets here. */
function outerPeers(entries: readonly Entry[], findConn: FindConn): Cidr[] {
  const outer = new Set(entries.flatMap(({ over }) => over?.value ?? []));
  const own = entries.flatMap(({ conn, saref }) => (outer.has(conn.value) ? (saref ?? []) : []));
  const lines = [...own, ...[...outer].flatMap((conn) => findConn(conn).live)];
  const peers = lines.flatMap(({ peer }) => (peer?.value.kind === 'cidr' ? [peer.value.cidr] : []));
  return [...new Map(peers.map((peer) => [cidrText(peer), peer])).values()];
}

function sarefsOf(line: SarefLine | undefined): Sarefs | 'down' {
  if (line?.refhim === undefined) return 'down';
  return { refhim: checked(line.refhim), ref: line.ref && checked(line.ref) };
}

/**
 * Nothing is known of inbound SAs where no conn has a ref. pluto shows one for each conn that is up: where
 * none is up, the frame stays for the next one.
 */
function inboundConns({ replies, entries }: Policy, table: SarefTable): InboundConn[] | undefined {
  const byName = new Map(inboundLines(entries, table).toReversed());
  const lines = [...byName.values()];
  const isKnown = lines.some(({ refhim, ref }) => refhim !== undefined && ref !== undefined);
  const isOutage = table.kind === 'pluto' && lines.every(({ refhim }) => refhim === undefined);
  if (replies === 'entries' || !(isKnown || isOutage)) return undefined;
  return [...byName]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([conn, { refhim, ref }]) => ({
      conn,
      answer: refhim && ref && { ref: checked(ref), mark: markOf(checked(refhim)) },
    }));
}

/** What entries say themselves, then the table, by the name that an entry gives to the line or else its own. */
function inboundLines(entries: readonly Entry[], table: SarefTable): (readonly [string, SarefLine])[] {
  const findConn = finderIn(table);
  const names = new Map<SarefLine, string>();
  for (const { conn } of entries) {
    const [line] = findConn(conn.value).live;
    if (line !== undefined && !names.has(line)) names.set(line, conn.value);
  }
  const own = entries.flatMap(({ conn, saref }) =>
    saref === undefined ? [] : [[conn.value, saref] as const],
  );
  return [...own, ...table.lines.map((line) => [names.get(line) ?? line.conn.value, line] as const)];
}

function decisionOf({ down, socket }: Entry, sarefs: Sarefs | 'down'): Decision {
  // SAref 0: mast asks the socket where the mark names none
  if (socket !== undefined) return { kind: 'socket', mark: BLOCKED };
  if (sarefs !== 'down') return { kind: 'mark', mark: markOf(sarefs.refhim) };
  return down === 'skip' ? { kind: 'skip' } : { kind: 'block', mark: BLOCKED };
}

function checked({ value }: Spanned<number>): Saref {
  const saref = toSaref(value);
  if (saref === undefined) throw new Error('a SAref that its check lets through is none');
  return saref;
}
