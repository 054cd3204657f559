import { commentOf, connOf } from '../domain/conn-name.ts';
import type { Mark } from '../domain/mark.ts';
import { SAREF_BITS, UNMARKED } from '../domain/mark.ts';
import { remembered } from '../domain/saref.ts';
import type { HostState } from '../host/state.ts';
import { withMangle } from '../host/state.ts';
import { arg, commented, FIRST_DIRECTION, jumpTo, marked, REPLY_DIRECTION, rule } from '../iptables/build.ts';
import type { Match } from '../iptables/rule.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { NOBODY } from '../plan/clauses.ts';
import type { Translation } from '../plan/translations.ts';
import { UNDECIDED } from '../plan/translations.ts';
import { REMEMBERED } from './memory.ts';
import { ON_ITS_WAY, ONWARD } from './onward.ts';
import { ARRIVALS } from './replies.ts';
import { LOCAL } from './senders.ts';

/** Translates the memory of running flows, before anything restores it. */
const REKEY = 'SAREF-REKEY';

/** For flows that have decided: most packets on most hosts are of none. */
const TO_REKEY = tableRule(rule([REMEMBERED], jumpTo(REKEY)));

/** For answers from client to client as well, once they are known as such. */
const TO_REKEY_ONWARD = tableRule(rule([marked(ON_ITS_WAY), REMEMBERED], jumpTo(REKEY)));

/** The host with rules that translate, in front of all others; as it is where there is nothing to translate. */
export function withRekey(host: HostState, translations: readonly Translation[]): HostState {
  if (translations.length === 0) return host;
  const isOnward = host.tables.mangle.chains.has(ONWARD);
  const rules = translations.flatMap((translation) => rekeyRules(translation, isOnward));
  const { mangle } = withRekeyJumps(host).tables;
  const chains = new Map<string, Chain>([...mangle.chains, [REKEY, { policy: '-', rules }]]);
  return withMangle(host, chains);
}

/** The host without such rules, whatever they translate. */
export function withoutRekey(host: HostState): HostState {
  const kept = [...host.tables.mangle.chains].filter(([name]) => name !== REKEY);
  const chains = kept.map(([name, { policy, rules }]) => {
    return [name, { policy, rules: rules.filter((one) => !leadsTo(one, REKEY)) }] as const;
  });
  return withMangle(host, new Map<string, Chain>(chains));
}

/** Both hooks: the flow of a packet that arrives may have been decided here. */
export function withRekeyJumps(host: HostState): HostState {
  const { mangle } = host.tables;
  const chains = new Map(
    [...mangle.chains].map(([name, { policy, rules }]) => {
      const isHook = name === 'PREROUTING' || name === 'OUTPUT';
      return [name, { policy, rules: isHook ? withJumps(rules) : rules }] as const;
    }),
  );
  return withMangle(host, chains);
}

function withJumps(rules: readonly TableRule[]): TableRule[] {
  // what has come in by mast says itself what its flow is to remember
  const first = rules.findIndex((one) => !leadsTo(one, ARRIVALS));
  const jumps = rules.toSpliced(first, 0, TO_REKEY);
  const onward = jumps.findIndex((one) => leadsTo(one, ONWARD));
  return onward === -1 ? jumps : jumps.toSpliced(onward + 1, 0, TO_REKEY_ONWARD);
}

function leadsTo({ rule: read }: TableRule, chain: string): boolean {
  return read.kind === 'rule' && read.target?.kind === 'jump' && read.target.chain === chain;
}

/**
 * Deciding anew takes a packet that the entries have a say in: one that an application has marked, or
 * that mast has just decapsulated, leaves the memory as it is. So does one that is no answer, where
 * answers are spoken of.
 */
function rekeyRules({ conn, from, to, of }: Translation, isOnward: boolean): TableRule[] {
  const mark = (value: number): Mark => ({ value, mask: SAREF_BITS });
  const remembers: Match = { kind: 'connmark', options: { mark: arg(mark(from)) } };
  const isUnmarked = to === UNDECIDED || of === 'answers';
  const ofAnswers = isOnward && of === 'answers' ? [[marked(ON_ITS_WAY)]] : [];
  const direction = of === undefined ? [] : [DIRECTIONS[of]];
  return [isUnmarked ? [marked(UNMARKED)] : [], ...ofAnswers].map((asked) =>
    tableRule(
      rule([...asked, remembers, ...direction, commented(commentOf(conn))], {
        kind: 'CONNMARK',
        options: { setXmark: arg(mark(to)) },
      }),
    ),
  );
}

const DIRECTIONS = { opened: FIRST_DIRECTION, answers: REPLY_DIRECTION } as const;

/** What the rules of a host translate. */
export function liftRekey({ chains }: Table): Translation[] {
  return (chains.get(REKEY)?.rules ?? []).flatMap(({ rule: read }) => {
    if (read.kind === 'opaque' || read.target?.kind !== 'CONNMARK') return [];
    const to = read.target.options.setXmark?.value.value;
    const from = read.matches.find((match) => match.kind === 'connmark')?.options.mark?.value.value;
    const comment = read.matches.find((match) => match.kind === 'comment')?.options.comment?.value;
    if (to === undefined || from === undefined) return [];
    const conn = comment === undefined ? NOBODY : connOf(comment);
    const direction = read.matches.find((match) => match.kind === 'conntrack')?.options.ctdir?.value;
    const of = direction === undefined ? {} : ({ of: direction === 'REPLY' ? 'answers' : 'opened' } as const);
    // told by its neighbour
    if (
      read.matches.some(
        (match) => match.kind === 'mark' && match.options.mark?.value.value === ON_ITS_WAY.value,
      )
    )
      return [];
    return [{ conn, from: remembered(from).value, to: remembered(to).value, ...of }];
  });
}

/** Whether its flows have a memory, or have had one that is not yet forgotten. */
export function hasMemory({ chains }: Table): boolean {
  const saves = ({ rule: read }: TableRule): boolean =>
    read.kind === 'rule' && read.target?.kind === 'CONNMARK' && read.target.options.saveMark !== undefined;
  return chains.has(REKEY) || chains.has(LOCAL) || (chains.get('IPSEC')?.rules.some(saves) ?? false);
}
