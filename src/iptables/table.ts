import type { Span } from '../diagnostics/source.ts';
import { printRule } from './print-rule.ts';
import type { AnyRule } from './rule.ts';
import type { Save, SaveLine } from './save.ts';

/** A rule in its chain: what it says, and who caused it if that is known. */
export interface TableRule {
  readonly rule: AnyRule;
  /** Without `-A CHAIN`, as it was saved or will be. */
  readonly text: string;
  readonly origin: Span | undefined;
}

export interface Chain {
  /** ACCEPT or DROP; `-` for a chain that somebody made. */
  readonly policy: string;
  readonly rules: readonly TableRule[];
}

/** Chains by name. Order of rules means something, order of chains does not. */
export interface Table {
  readonly name: string;
  readonly chains: ReadonlyMap<string, Chain>;
}

/** Most rules of a large policy become elements of a set, and are never printed. */
export function tableRule(rule: AnyRule, origin?: Span): TableRule {
  let known: string | undefined;
  return {
    rule,
    get text() {
      return (known ??= printRule(rule));
    },
    origin,
  };
}

export function emptyTable(name: string): Table {
  return { name, chains: new Map() };
}

/** As iptables-save prints it, with no packet counted. */
export function printTable({ name, chains }: Table): string {
  const declared = [...chains].map(([chain, { policy }]) => `:${chain} ${policy} [0:0]`);
  const rules = [...chains].flatMap(([chain, held]) =>
    held.rules.map(({ text }) => (text === '' ? `-A ${chain}` : `-A ${chain} ${text}`)),
  );
  return [`*${name}`, ...declared, ...rules, 'COMMIT', ''].join('\n');
}

/**
 * complete: all of it was read. incompatible: nf_tables holds what iptables cannot print, and it
 * exits 0 all the same. tainted: parts of it were read, or it was printed twice. absent: the dump has
 * no such table.
 */
export type TableStatus = 'complete' | 'incompatible' | 'tainted' | 'absent';

export function statusOf(save: Save, name: string): TableStatus {
  const remarks = save.lines.flatMap((line) =>
    line.kind === 'comment' && line.text.startsWith(`# Table \`${name}' `) ? [line.text] : [],
  );
  if (remarks.some((text) => text.includes(' is incompatible'))) return 'incompatible';
  const [lines, ...others] = sectionsOf(save, name);
  if (lines === undefined) return 'absent';
  const isWhole = lines.at(-1)?.kind === 'commit' && lines.every(({ kind }) => kind !== 'unread');
  return isWhole && others.length === 0 && remarks.length === 0 ? 'complete' : 'tainted';
}

/** The chains of a table, of those parts of it that the dump has. */
export function tableOf(save: Save, name: string): Table {
  const chains = new Map<string, { policy: string; rules: TableRule[] }>();
  const chainOf = (chain: string, policy = '-'): { policy: string; rules: TableRule[] } => {
    const found = chains.get(chain) ?? { policy, rules: [] };
    chains.set(chain, found);
    return found;
  };
  for (const line of sectionsOf(save, name).flat()) {
    if (line.kind === 'chain') chainOf(line.chain, line.policy);
    if (line.kind === 'rule') chainOf(line.chain).rules.push(tableRule(line.rule));
  }
  return { name, chains };
}

/** From each `*NAME` to its COMMIT, or to where the next table or the text takes over. */
function sectionsOf(save: Save, name: string): SaveLine[][] {
  const sections: SaveLine[][] = [];
  let open: SaveLine[] | undefined;
  for (const line of save.lines) {
    if (line.kind === 'table') {
      open = line.name === name ? [] : undefined;
      if (open !== undefined) sections.push(open);
    }
    open?.push(line);
    if (line.kind === 'commit') open = undefined;
  }
  return sections;
}
