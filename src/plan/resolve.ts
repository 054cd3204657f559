import { BLOCKED, markOf, toSaref } from '../domain/saref.ts';
import type { Saref } from '../domain/saref.ts';
import type { Entry, Policy, SarefLine, Spanned } from '../policy/policy.ts';
import type { Decision, MarkPlan, Sarefs } from './plan.ts';
import type { SarefTable } from './saref-table.ts';
import { findConn } from './saref-table.ts';

/** Names to values. Policy and table have passed their checks. */
export function resolvePlan(policy: Policy, table: SarefTable): MarkPlan {
  return {
    tracking: policy.tracking,
    interface: policy.mast.interface,
    table: policy.mast.table,
    ikePorts: policy.mast.ikePorts,
    entries: policy.entries.map((entry) => {
      const { conn, saref, selector, description, contact } = entry;
      const sarefs = sarefsOf(saref ?? findConn(table, conn.value).live[0]);
      if (selector === undefined) throw new Error('an entry that its checks let through cannot be read');
      return {
        ...{ conn: conn.value, sarefs, selector, description, contact },
        decision: decisionOf(entry, sarefs),
        origin: conn.span,
      };
    }),
  };
}

function sarefsOf(line: SarefLine | undefined): Sarefs | 'down' {
  if (line?.refhim === undefined) return 'down';
  return { refhim: checked(line.refhim), ref: line.ref && checked(line.ref) };
}

function decisionOf({ down }: Entry, sarefs: Sarefs | 'down'): Decision {
  if (sarefs !== 'down') return { kind: 'mark', mark: markOf(sarefs.refhim) };
  return down === 'skip' ? { kind: 'skip' } : { kind: 'block', mark: BLOCKED };
}

function checked({ value }: Spanned<number>): Saref {
  const saref = toSaref(value);
  if (saref === undefined) throw new Error('a SAref that its check lets through is none');
  return saref;
}
