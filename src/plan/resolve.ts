import type { CidrReading } from '../domain/cidr.ts';
import type { Cidr } from '../domain/cidr.ts';
import { BLOCKED, markOf, toSaref } from '../domain/saref.ts';
import type { Saref } from '../domain/saref.ts';
import type { Entry, Policy, SarefLine, Spanned } from '../policy/policy.ts';
import type { Decision, MarkPlan, Sarefs, SarefTable } from './plan.ts';

/** The table of a policy that has passed its checks. */
export function sarefTableOf(policy: Policy): SarefTable {
  return new Map(policy.sarefs.map((line) => [line.conn.value, sarefsOf(line)]));
}

function sarefsOf({ refhim, ref }: SarefLine): Sarefs | 'down' {
  if (refhim === undefined) return 'down';
  return { refhim: checked(refhim), ref: ref === undefined ? undefined : checked(ref) };
}

/** Names to values. The policy has passed its checks, and the table has its conns. */
export function resolvePlan(policy: Policy, sarefs: SarefTable): MarkPlan {
  return {
    interface: policy.mast.interface,
    table: policy.mast.table,
    ikePorts: policy.mast.ikePorts,
    entries: policy.entries.map((entry) => ({
      conn: entry.conn.value,
      selector: { src: networkOf(entry.src), dst: networkOf(entry.dst) },
      decision: decisionOf(entry, sarefs.get(entry.conn.value) ?? 'down'),
      origin: entry.conn.span,
    })),
  };
}

function decisionOf({ down }: Entry, sarefs: Sarefs | 'down'): Decision {
  if (sarefs !== 'down') return { kind: 'mark', mark: markOf(sarefs.refhim) };
  return down === 'skip' ? { kind: 'skip' } : { kind: 'block', mark: BLOCKED };
}

function networkOf(network: Spanned<CidrReading> | undefined): Cidr | undefined {
  if (network === undefined) return undefined;
  if (network.value.kind === 'cidr') return network.value.cidr;
  throw new Error('a network that its check lets through is none');
}

function checked({ value }: Spanned<number>): Saref {
  const saref = toSaref(value);
  if (saref === undefined) throw new Error('a SAref that its check lets through is none');
  return saref;
}
