import type { HostState } from '../host/state.ts';
import { NO_TABLES, rulesIn, withMangle } from '../host/state.ts';
import { isByUs } from '../host/own-chains.ts';
import { isAmong } from '../host/same-rule.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { othersIn, stockFrame } from './beside-others.ts';
import { TO_NEW_CONNS } from './frame.ts';

/**
 * What is left of a host when everything of ours is taken away. Where the stock script has rules, what
 * it needs of the frame and of the routing stays, as the script itself would have it.
 */
export function withoutOurs(live: HostState, ours: HostState): HostState {
  const bare = {
    link: live.link,
    routes: { table: ours.routes.table, routes: [] },
    ipRules: [],
    sets: new Map(),
    sysctls: new Map<string, boolean>(),
    tables: NO_TABLES,
  };
  if (!isStockThere(live, ours)) return { ...bare, sysctls: givenBack(live, ours) };
  const isKept = ({ words }: { readonly words: string }): boolean => STOCK_ROUTING.test(words);
  const kept = {
    ...bare,
    routes: { ...bare.routes, routes: ours.routes.routes.filter(isKept) },
    ipRules: ours.ipRules.filter(isKept),
  };
  return withMangle(kept, stockChains(live, ours));
}

/** Of ours, the ip rule and the route that the script makes. */
const STOCK_ROUTING = /^(?:from all fwmark \S+ lookup |default dev )/;

/** The script puts these four above its jump in OUTPUT, and never takes them away. */
const STOCK_ACCEPT = /^-p udp -m udp --[sd]port (?:500|4500) -j ACCEPT$/;

function isStockThere(live: HostState, ours: HostState): boolean {
  const hasOthers = ['IPSEC', 'NEW_IPSEC_CONN'].some((chain) => othersIn(live, chain, ours).length > 0);
  const hasAccepts = rulesIn(live, 'OUTPUT').some(({ text }) => STOCK_ACCEPT.test(text));
  return hasOthers || hasAccepts || stockFrame(live) !== undefined;
}

function stockChains(live: HostState, ours: HostState): Map<string, Chain> {
  const kept = ['PREROUTING', 'OUTPUT'].map((name): [string, Chain] => {
    const rules = rulesIn(live, name).filter((rule) => isAmong(rule, rulesIn(ours, name)) && !isByUs(rule));
    return [name, { policy: 'ACCEPT', rules }];
  });
  const frame = stockFrame(live) ?? plainFrame(live, ours);
  const made = (rules: readonly TableRule[]): Chain => ({ policy: '-', rules });
  const needsNew = frame.some((rule) => isAmong(rule, [TO_NEW_CONNS]));
  return new Map([
    ...kept,
    ['IPSEC', made(frame)],
    ...(needsNew ? [['NEW_IPSEC_CONN', made([])] as const] : []),
  ]);
}

/** Openswan up to 2.6.24 has its rules in IPSEC itself. */
function plainFrame(live: HostState, ours: HostState): readonly TableRule[] {
  const isOld = othersIn(live, 'IPSEC', ours).length > 0;
  return isOld && othersIn(live, 'NEW_IPSEC_CONN', ours).length === 0 ? [] : [TO_NEW_CONNS];
}

/** The kernel's own default, for those that are there. The other switches are at theirs. */
function givenBack(live: HostState, ours: HostState): Map<string, boolean> {
  const own = [...ours.sysctls].filter(([key, isOn]) => isOn && live.sysctls.has(key));
  return new Map(own.map(([key]) => [key, false]));
}
