import type { RestoreLine } from '../iptables/restore.ts';
import { declareChain, printRestore } from '../iptables/restore.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import type { TableName } from '../host/state.ts';
import { TABLE_NAMES } from '../host/state.ts';
import type { Change, Phases } from './change.ts';
import { chainLines } from './own-chain.ts';
import { isOurChain, isByUs } from '../host/own-chains.ts';
import { isAmong, isSameRule } from '../host/same-rule.ts';
import type { Step } from './step.ts';

/**
 * One transaction for each table that is not at the target. nat and raw come before the marks that they
 * serve, and go after them.
 */
export function tableSteps(change: Change): Phases {
  const { target } = change;
  const steps = TABLE_NAMES.map((name) => ({ name, steps: stepsIn(name, change) }));
  const isWanted = (name: TableName): boolean => name === 'mangle' || target.tables[name].chains.size > 0;
  const stepsWhere = (wanted: boolean): Step[] =>
    steps.flatMap((table) => (isWanted(table.name) === wanted ? table.steps : []));
  return { before: stepsWhere(true), after: stepsWhere(false).toReversed() };
}

function stepsIn(name: TableName, { live, target, ours, isPlaceFree = false }: Change): Step[] {
  const tables = {
    live: live.tables[name],
    target: target.tables[name],
    ours: ours.tables[name],
    isPlaceFree,
  };
  const parts = [ownChains(tables), sharedChains(tables)];
  const lines = [
    // a jump to a chain that is declared further down is refused
    ...parts.flatMap(({ declared }) => declared),
    ...parts.flatMap(({ changed }) => changed),
    ...parts.toReversed().flatMap(({ deleted }) => deleted),
  ];
  if (lines.length === 0) return [];
  const origins = [undefined, ...lines.map(({ origin }) => origin), undefined];
  return [{ tool: 'iptables-restore', table: name, script: printRestore(name, lines), origins }];
}

interface Tables {
  readonly live: Table;
  readonly target: Table;
  readonly ours: Table;
  readonly isPlaceFree: boolean;
}

interface Part {
  readonly declared: readonly RestoreLine[];
  readonly changed: readonly RestoreLine[];
  readonly deleted: readonly RestoreLine[];
}

function ownChains({ live, target }: Tables): Part {
  const stale = [...live.chains.keys()].filter((name) => isOurChain(name) && !target.chains.has(name));
  const lines = [...target.chains].flatMap(([name, { rules }]) =>
    isOurChain(name) ? chainLines(name, live.chains.get(name)?.rules, rules) : [],
  );
  return {
    declared: [...lines.filter(isDeclaration), ...stale.map((name) => ({ text: declareChain(name) }))],
    changed: lines.filter((line) => !isDeclaration(line)),
    deleted: stale.map((name) => ({ text: `-X ${name}` })),
  };
}

function isDeclaration({ text }: RestoreLine): boolean {
  return text.startsWith(':');
}

function sameRules(one: readonly TableRule[], other: readonly TableRule[]): boolean {
  const isSame = (rule: TableRule, index: number): boolean => isSameRule(rule, other[index] as TableRule);
  return one.length === other.length && one.every(isSame);
}

/** Chains that we use and others do too: our rules stand in front, all others stay where they are. */
function sharedChains({ live, target, ours, isPlaceFree }: Tables): Part {
  const names = new Set([live, target, ours].flatMap(({ chains }) => [...chains.keys()]));
  const shared = [...names]
    .filter((name) => !isOurChain(name))
    .map((name): SharedChain => {
      const [held, wanted, frame] = [live, target, ours].map(({ chains }) => chains.get(name));
      return { name, frame, live: held, target: wanted, rules: ourRules(frame, wanted, held), isPlaceFree };
    });
  // a built-in chain is always there, and some versions do not print it
  const made = shared.filter(({ frame }) => frame?.policy === '-');
  const missing = made.filter((chain) => chain.target !== undefined && chain.live === undefined);
  const deletable = made.filter(
    (chain) => chain.target === undefined && chain.live?.rules.every((rule) => isAmong(rule, chain.rules)),
  );
  return {
    // who has made it since the reading has rules in it by now: then this is refused, where `:` empties the chain
    declared: missing.map(({ name }) => ({ text: `-N ${name}` })),
    changed: shared.flatMap(sharedLines),
    deleted: deletable.map(({ name }) => ({ text: `-X ${name}` })),
  };
}

/** Those of the frame, and jumps to chains of ours that somebody, maybe an older version, put there. */
function ourRules(frame: Chain | undefined, ...others: readonly (Chain | undefined)[]): TableRule[] {
  const rules = [...(frame?.rules ?? [])];
  for (const rule of others.flatMap((chain) => chain?.rules ?? [])) {
    if (isByUs(rule) && !isAmong(rule, rules)) rules.push(rule);
  }
  return rules;
}

interface SharedChain {
  readonly name: string;
  readonly frame: Chain | undefined;
  readonly live: Chain | undefined;
  readonly target: Chain | undefined;
  /** Ours in this chain. */
  readonly rules: readonly TableRule[];
  readonly isPlaceFree: boolean;
}

function sharedLines({ name, rules, live, target, isPlaceFree }: SharedChain): RestoreLine[] {
  const standing = (live?.rules ?? []).filter((rule) => isAmong(rule, rules));
  const wanted = (target?.rules ?? []).filter((rule) => isAmong(rule, rules));
  const kept = standing.filter((rule) => isAmong(rule, wanted));
  const isPlaced = isPlaceFree || !isInFront(name, wanted, target) || isInFront(name, wanted, live);
  const isInOrder = isPlaced && sameRules(kept, wanted);
  const deleted = isInOrder ? standing.filter((rule) => !kept.includes(rule)) : standing;
  return [
    ...deleted.map(({ text }) => ({ text: `-D ${name} ${text}` })),
    // each at the top, the last one first: a number behind 1 may be another rule's by the time of the commit
    ...(isInOrder ? [] : wanted.toReversed()).map(({ text, origin }) => ({
      text: `-I ${name} 1 ${text}`,
      origin,
    })),
  ];
}

function isInFront(name: string, rules: readonly TableRule[], chain: Chain | undefined): boolean {
  const others = (chain?.rules ?? []).filter((rule) => !isHarmlessInFront(name, rule));
  return sameRules(others.slice(0, rules.length), rules);
}

/** The stock script puts these four above its jump in OUTPUT; our entries exempt the same packets. */
function isHarmlessInFront(chain: string, { text }: TableRule): boolean {
  return chain === 'OUTPUT' && /^-p udp -m udp --[sd]port (?:500|4500) -j ACCEPT$/.test(text);
}
