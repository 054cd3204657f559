import type { Mark } from '../domain/mark.ts';
import { SAREF_FLAG } from '../domain/mark.ts';
import type { Saref } from '../domain/saref.ts';
import { marked, rule } from '../iptables/build.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';

/** A rule for the packets that carry one SAref. */
export interface SarefRule {
  readonly ref: Saref;
  readonly rule: TableRule;
}

/** Measured with 1,000 and 10,000 conns: other sizes make the way of a packet no shorter. */
const MOST_RULES = 8;
const BITS_A_LEVEL = 3;

const SAREF_BITS = 15;

/**
 * A chain in which a packet meets few rules, however many SArefs there are: beyond a handful, chains
 * below it share them out by the leading bits of the SAref that the packet carries. The rules ask for
 * the whole of it themselves.
 *
 * @param items in the order of their SArefs, of which no two are the same
 * @returns all chains by name, the one of this name first
 */
export function treeOf(name: string, items: readonly SarefRule[]): Map<string, TableRule[]> {
  return new Map(chainsOf({ root: name, name, bits: 0 }, items));
}

interface Node {
  readonly root: string;
  readonly name: string;
  /** How many leading bits all of its SArefs have in common. */
  readonly bits: number;
}

function chainsOf({ root, name, bits }: Node, items: readonly SarefRule[]): [string, TableRule[]][] {
  if (items.length <= MOST_RULES) return [[name, items.map((item) => item.rule)]];
  const next = bits + BITS_A_LEVEL;
  const parts = byPrefix(items, next);
  // bits that tell nothing apart need no chain
  if (parts.length === 1) return chainsOf({ root, name, bits: next }, items);
  const below = parts.map(([prefix, own]) => {
    const chain = `${root}-${String(next)}-${String(prefix)}`;
    return { prefix, chain, chains: chainsOf({ root, name: chain, bits: next }, own) };
  });
  const ways = below.map(({ prefix, chain }) =>
    tableRule(rule([marked(leading(prefix, next))], { kind: 'goto', chain })),
  );
  return [[name, ways], ...below.flatMap(({ chains }) => chains)];
}

function byPrefix(items: readonly SarefRule[], bits: number): (readonly [number, SarefRule[]])[] {
  const parts = new Map<number, SarefRule[]>();
  for (const item of items) {
    const prefix = prefixOf(item.ref, bits);
    const part = parts.get(prefix) ?? [];
    part.push(item);
    parts.set(prefix, part);
  }
  return [...parts];
}

function prefixOf(ref: Saref, bits: number): number {
  return Math.floor(ref / 2 ** (SAREF_BITS - bits));
}

/** Marks whose SAref begins with these bits. */
function leading(prefix: number, bits: number): Mark {
  const unit = 2 ** (31 - bits);
  return { value: SAREF_FLAG.value + prefix * unit, mask: SAREF_FLAG.mask + (2 ** bits - 1) * unit };
}
