import type { IpRule } from '../host/ip-rule.ts';
import { sameIpRule } from '../host/ip-rule.ts';
import type { HostState, Tables } from '../host/state.ts';
import { parseRule } from '../iptables/parse-rule.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { isSameRule } from '../host/same-rule.ts';
import type { Step } from './step.ts';

/** What a host would hold after the steps: what is shown before they are run. */
export function simulate(host: HostState, steps: readonly Step[]): HostState {
  return steps.reduce(afterStep, host);
}

function afterStep(host: HostState, step: Step): HostState {
  switch (step.tool) {
    case 'sysctl':
      return { ...host, sysctls: new Map([...host.sysctls, [step.key, step.on]]) };
    case 'ip':
      return afterIp(host, step.args);
    case 'iptables-restore':
      return { ...host, tables: afterRestore(host.tables, step) };
    case 'conntrack':
      return host;
    /* c8 ignore next 2 */
    default:
      return step satisfies never;
  }
}

function afterIp(host: HostState, [object, verb, ...rest]: readonly string[]): HostState {
  if (object === 'link')
    return { ...host, link: { ...host.link, state: rest.at(-1) === 'up' ? 'up' : 'down' } };
  if (object === 'rule') {
    const [, priority, ...words] = rest;
    const rule: IpRule = { priority: Number(priority), words: words.join(' ') };
    return {
      ...host,
      ipRules: verb === 'add' ? withRule(host.ipRules, rule) : withoutRule(host.ipRules, rule),
    };
  }
  const { table, routes } = host.routes;
  // behind them stand `table` and its number
  const words = rest.slice(0, -2).join(' ');
  const others = routes.filter((route) => route.words !== words);
  return { ...host, routes: { table, routes: verb === 'add' ? [...others, { words }] : others } };
}

/** Behind all rules of its priority. */
function withRule(rules: readonly IpRule[], rule: IpRule): IpRule[] {
  const at = rules.findIndex(({ priority }) => priority > rule.priority);
  return rules.toSpliced(at === -1 ? rules.length : at, 0, rule);
}

function withoutRule(rules: readonly IpRule[], rule: IpRule): IpRule[] {
  const at = rules.findIndex((other) => sameIpRule(other, rule));
  return at === -1 ? [...rules] : rules.toSpliced(at, 1);
}

type Restore = Extract<Step, { readonly tool: 'iptables-restore' }>;

function afterRestore(tables: Tables, { table, script, origins }: Restore): Tables {
  const chains = new Map(tables[table].chains);
  script.split('\n').forEach((line, index) => {
    if (line.startsWith(':')) chains.set(line.slice(1, line.indexOf(' ')), { policy: '-', rules: [] });
    if (!line.startsWith('-')) return;
    const [command = '', name = '', ...words] = line.split(' ');
    const chain = chains.get(name) ?? { policy: 'ACCEPT', rules: [] };
    if (command === '-X') chains.delete(name);
    else chains.set(name, afterCommand(chain, { command, words, origin: origins[index] }));
  });
  return { ...tables, [table]: { name: table, chains } };
}

interface Command {
  readonly command: string;
  readonly words: readonly string[];
  readonly origin: TableRule['origin'];
}

function afterCommand({ policy, rules }: Chain, { command, words, origin }: Command): Chain {
  const [first = ''] = words;
  const number = /^[0-9]+$/.test(first) ? Number(first) : undefined;
  const rule = tableRule(parseRule((number === undefined ? words : words.slice(1)).join(' ')), origin);
  const at = number === undefined ? rules.findIndex((other) => isSameRule(other, rule)) : number - 1;
  switch (command) {
    case '-A':
      return { policy, rules: [...rules, rule] };
    case '-I':
      return { policy, rules: rules.toSpliced(at, 0, rule) };
    case '-R':
      return { policy, rules: rules.toSpliced(at, 1, rule) };
    default:
      return { policy, rules: rules.filter((_, index) => index !== at) };
  }
}
