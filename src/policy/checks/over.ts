import { inFrontOf } from '../../domain/overlap-index.ts';
import { witnessOf } from '../../domain/witness.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ReadableEntry } from '../entry.ts';
import type { Entry, Policy, Spanned } from '../policy.ts';
import { entryIndexOf } from './entry-index.ts';
import { exampleOf } from './example.ts';

/** SM1312, SM1313, SM1526: a tunnel inside of another one. */
export function checkOver(policy: Policy): Diagnostic[] {
  if (!policy.entries.some(isInner)) return [];
  return [...inThemselves(policy), ...caughtByOuter(policy), ...withoutWay(policy)];
}

type InnerEntry<E extends Entry = Entry> = E & { readonly over: Spanned<string> };

function isInner<E extends Entry>(entry: E): entry is InnerEntry<E> {
  return entry.over !== undefined;
}

/** Which conns each one is said to be over. */
function outersOf({ entries }: Policy): Map<string, Set<string>> {
  const outers = new Map<string, Set<string>>();
  for (const { conn, over } of entries.filter(isInner))
    outers.set(conn.value, (outers.get(conn.value) ?? new Set()).add(over.value));
  return outers;
}

function inThemselves(policy: Policy): Diagnostic[] {
  const outers = outersOf(policy);
  const holds = (conn: string): Set<string> => {
    const found = new Set<string>();
    const ahead = [conn];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      const fresh = [...(outers.get(next) ?? [])].filter((outer) => !found.has(outer));
      fresh.forEach((outer) => found.add(outer));
      ahead.push(...fresh);
    }
    return found;
  };
  return policy.entries.filter(isInner).flatMap(({ conn, over }) => {
    if (over.value !== conn.value && !holds(over.value).has(conn.value)) return [];
    const text = over.value === conn.value ? 'is the conn itself' : `goes over ${conn.value} in turn`;
    return [
      {
        code: 'SM1312',
        labels: [{ span: over.span, text }],
        help: 'name the conn that carries this one, and not the other way round',
      },
    ];
  });
}

/** Whether an entry of the outer conn has an inner one in front of it, as it should. */
function caughtByOuter(policy: Policy): Diagnostic[] {
  const { entries, overlapsWith } = entryIndexOf(policy);
  return entries.flatMap((entry, index) => {
    if (!isInner(entry)) return [];
    for (const place of inFrontOf(overlapsWith(entry.selector), index)) {
      const outer = entries[place] as ReadableEntry;
      if (outer.conn.value !== entry.over.value) continue;
      const witness = witnessOf([outer.selector, entry.selector], []);
      if (witness !== undefined) return [caught(entry, outer, exampleOf(witness))];
    }
    return [];
  });
}

function caught({ conn }: Entry, outer: Entry, example: string): Diagnostic {
  return {
    code: 'SM1313',
    labels: [
      { span: conn.span, text: `is inside of ${outer.conn.value}` },
      { span: outer.conn.span, text: 'which comes first and takes its packets' },
    ],
    detail: `For example ${example}: it would go by ${outer.conn.value} alone, and be in clear behind it.`,
    help: 'move the entry of the inner conn in front of that of the outer one',
  };
}

/** IKE of the inner conn goes where an entry of the outer one leads it, if there is one. */
function withoutWay({ entries }: Policy): Diagnostic[] {
  const led = new Set(entries.filter(leadsIke).map(({ conn }) => conn.value));
  const missing = entries.filter(isInner).filter(({ over }) => !led.has(over.value));
  const firsts = new Map(missing.toReversed().map(({ over }) => [over.value, over]));
  return [...firsts.values()].toReversed().map(({ value, span }) => ({
    code: 'SM1526',
    labels: [{ span, text: 'has no entry here that names a network' }],
    detail: `The IKE of the inner conn is to go by ${value}, and no entry says so: it goes by the default route.`,
    help: `add one behind it, for the network that the inner peer is in:\n- { conn: ${value}, dst: 172.16.0.0/24 }`,
  }));
}

function leadsIke({ dst, inInterface, socket, user, group, cgroup }: Entry): boolean {
  return (inInterface ?? socket ?? user ?? group ?? cgroup) === undefined && dst !== undefined;
}
