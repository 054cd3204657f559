import type { IpRule } from '../host/ip-rule.ts';
import { sameIpRule } from '../host/ip-rule.ts';
import type { HostState, Tables } from '../host/state.ts';
import { parseRule } from '../iptables/parse-rule.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { isSameRule } from '../host/same-rule.ts';
import { afterSetScript } from './simulate-sets.ts';
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
    case 'ipset':
      return { ...host, sets: afterSetScript(host.sets, step) };
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

/** A chain while a script runs: a large one is not to be copied for each of its lines. */
interface OpenChain {
  readonly policy: string;
  readonly rules: TableRule[];
}

function afterRestore(tables: Tables, { table, script, origins }: Restore): Tables {
  const chains = new Map<string, Chain>(tables[table].chains);
  const opened = new Map<string, OpenChain>();
  const open = (name: string): OpenChain => {
    const { policy, rules } = chains.get(name) ?? { policy: 'ACCEPT', rules: [] };
    const chain = opened.get(name) ?? { policy, rules: [...rules] };
    opened.set(name, chain);
    chains.set(name, chain);
    return chain;
  };
  script.split('\n').forEach((line, index) => {
    const [, made = ''] = /^(?::|-N )(\S+)/.exec(line) ?? [];
    if (made !== '') {
      chains.set(made, { policy: '-', rules: [] });
      opened.delete(made);
      return;
    }
    if (!line.startsWith('-')) return;
    const [command = '', name = '', ...words] = line.split(' ');
    if (command === '-X') chains.delete(name);
    else runCommand(open(name).rules, { command, words, origin: origins[index] });
  });
  return { ...tables, [table]: { name: table, chains } };
}

interface Command {
  readonly command: string;
  readonly words: readonly string[];
  readonly origin: TableRule['origin'];
}

function runCommand(rules: TableRule[], { command, words, origin }: Command): void {
  const [first = ''] = words;
  const number = /^[0-9]+$/.test(first) ? Number(first) : undefined;
  const rule = tableRule(parseRule((number === undefined ? words : words.slice(1)).join(' ')), origin);
  // iptables counts from 1
  const at = (number ?? 1) - 1;
  switch (command) {
    case '-A':
      rules.push(rule);
      break;
    case '-I':
      rules.splice(at, 0, rule);
      break;
    case '-R':
      rules.splice(at, 1, rule);
      break;
    default: {
      const found = number === undefined ? rules.findIndex((other) => isSameRule(other, rule)) : at;
      if (found !== -1) rules.splice(found, 1);
    }
  }
}
