import type { Command, Execute, Outcome } from '../../src/system/execute.ts';
import type { FakeSets } from './fake-sets.ts';
import { printSet, RefusedLine, restoreSets } from './fake-sets.ts';
import type { FakeTable } from './fake-tables.ts';
import { emptyTable, printTable, Refused, restored } from './fake-tables.ts';

interface FakeState {
  mangle: FakeTable;
  readonly sets: FakeSets;
  ipRules: { readonly priority: number; readonly words: string }[];
  routes: string[];
  link: 'up' | 'down' | 'absent';
  sysctls: Map<string, string>;
  /** As conntrack lists them. */
  flows: readonly string[] | undefined;
}

/** One host in memory: knows exactly the commands that src/system runs, and throws for any other. */
export interface FakeHost {
  readonly execute: Execute;
  /** Every command that was run, reading ones too. */
  readonly log: string[];
  /** All of its state as text. */
  print(): string;
  /** Lets flows run, in the words of conntrack; undefined: there is no conntrack. */
  setFlows(lines: readonly string[] | undefined): void;
}

const OK: Outcome = { exitCode: 0, stdout: '', stderr: '' };

export function fakeHost(device = 'mast0', table = '50'): FakeHost {
  const state: FakeState = {
    mangle: emptyTable(),
    sets: new Map(),
    ipRules: [
      { priority: 0, words: 'from all lookup local' },
      { priority: 32766, words: 'from all lookup main' },
      { priority: 32767, words: 'from all lookup default' },
    ],
    routes: [],
    link: 'up',
    sysctls: new Map([
      [`net.ipv4.conf.${device}.src_valid_mark`, '0'],
      ['net.ipv4.fwmark_reflect', '1'],
      ['net.ipv4.tcp_fwmark_accept', '0'],
    ]),
    flows: [],
  };
  const log: string[] = [];
  const print = (): string =>
    [
      `link ${state.link}`,
      ...state.ipRules.map(({ priority, words }) => `${String(priority)}: ${words}`),
      ...[...state.routes].sort(),
      ...state.sysctls,
      ...[...state.sets].map(([name, set]) => printSet(name, set)),
      printTable(state.mangle),
    ].join('\n');
  return {
    log,
    print,
    setFlows(lines) {
      state.flows = lines;
    },
    execute: (command) => {
      log.push(command.argv.join(' '));
      const names = { device, table };
      return Promise.resolve(reading(state, command, names) ?? writing(state, command, names));
    },
  };
}

interface Names {
  readonly device: string;
  readonly table: string;
}

function reading(state: FakeState, { argv }: Command, { device, table }: Names): Outcome | undefined {
  const answer = (stdout: string): Outcome => ({ ...OK, stdout });
  switch (argv.join(' ')) {
    case 'iptables -V':
      return answer('iptables v1.8.9 (nf_tables)\n');
    case 'iptables-legacy -V':
    case 'iptables-nft -V':
      return { exitCode: undefined, stdout: '', stderr: '', failure: 'missing' };
    case 'iptables-save -t mangle':
    case 'iptables-save -c -t mangle':
      return answer(printTable(state.mangle));
    case 'ipset list -name':
      return answer([...state.sets.keys()].map((name) => `${name}\n`).join(''));
    case 'ip -4 rule show':
      return answer(state.ipRules.map(({ priority, words }) => `${String(priority)}:\t${words}\n`).join(''));
    case `ip -4 route show table ${table}`:
      return state.routes.length === 0
        ? { exitCode: 2, stdout: '', stderr: 'Error: ipv4: FIB table does not exist.\nDump terminated\n' }
        : answer(state.routes.map((route) => `${route} \n`).join(''));
    case `ip -oneline link show dev ${device}`:
      if (state.link === 'absent') {
        return { exitCode: 1, stdout: '', stderr: `Device "${device}" does not exist.\n` };
      }
      return answer(
        `3: ${device}: <NOARP${state.link === 'up' ? ',UP' : ''}> mtu 1500\\    link/ether 1a:a4\n`,
      );
    case 'ip -4 route show table local':
      return answer('local 127.0.0.0/8 dev lo scope host src 127.0.0.1\n');
    case 'conntrack -L -f ipv4 -m 0x80000000/0x80000000':
      return state.flows === undefined
        ? { ...OK, exitCode: undefined, failure: 'missing' }
        : answer(state.flows.map((line) => `${line}\n`).join(''));
    case `sysctl ${[...state.sysctls.keys()].join(' ')}`:
      return answer([...state.sysctls].map(([key, value]) => `${key} = ${value}\n`).join(''));
    default:
      return undefined;
  }
}

function writing(state: FakeState, { argv, stdin = '' }: Command, names: Names): Outcome {
  const [tool, ...args] = argv;
  if (tool === 'iptables-restore') return restore(state, stdin);
  if (tool === 'ipset') return ipset(state, args, stdin);
  if (tool === 'sysctl' && args[0] === '-w') return setSysctl(state, String(args[1]));
  if (tool === 'ip' && args[0] === '-4') return ip(state, args.slice(1), names);
  if (tool === 'conntrack' && args[0] === '-D') return endFlows(state, args);
  throw new Error(`the fake does not know: ${argv.join(' ')}`);
}

/** By their mark alone. */
function endFlows(state: FakeState, args: readonly string[]): Outcome {
  const mark = `mark=${String(Number(args.at(-1)?.split('/')[0]))} `;
  const left = (state.flows ?? []).filter((line) => !line.includes(mark));
  const count = (state.flows ?? []).length - left.length;
  state.flows = left;
  const stderr = `conntrack v1.4.7 (conntrack-tools): ${String(count)} flow entries have been deleted.\n`;
  return { ...OK, exitCode: count === 0 ? 1 : 0, stderr };
}

function restore(state: FakeState, script: string): Outcome {
  try {
    const next = restored(state.mangle, script);
    for (const [, set = ''] of script.matchAll(/ --map-set (\S+) /g))
      if (!state.sets.has(set)) return { exitCode: 2, stdout: '', stderr: `Set ${set} doesn't exist.\n` };
    state.mangle = next;
    return OK;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return {
      exitCode: 1,
      stdout: '',
      stderr: `iptables-restore: line ${String(error.line)} failed: ${error.message}.\n`,
    };
  }
}

function ipset(state: FakeState, [verb = '', name = '']: readonly string[], stdin: string): Outcome {
  const set = state.sets.get(name);
  if (verb === 'save' && set !== undefined) return { ...OK, stdout: printSet(name, set) };
  if (verb !== 'restore') throw new Error(`the fake does not know: ipset ${verb} ${name}`);
  const rules = [...state.mangle.values()].flatMap((chain) => chain.rules);
  try {
    restoreSets(state.sets, stdin, (one) => rules.some((rule) => rule.includes(`-set ${one} `)));
    return OK;
  } catch (error) {
    if (!(error instanceof RefusedLine)) throw error;
    return { exitCode: 1, stdout: '', stderr: error.message };
  }
}

function setSysctl(state: FakeState, assignment: string): Outcome {
  const [key = '', value = ''] = assignment.split('=');
  if (!state.sysctls.has(key)) return { exitCode: 255, stdout: '', stderr: `sysctl: cannot stat ${key}\n` };
  state.sysctls.set(key, value);
  return OK;
}

function rtnetlink(why: string): Outcome {
  return { exitCode: 2, stdout: '', stderr: `RTNETLINK answers: ${why}\n` };
}

function ip(state: FakeState, args: readonly string[], { device, table }: Names): Outcome {
  const [object, verb, ...words] = args;
  if (object === 'link' && verb === 'set' && words[1] === device) return setLink(state, words[2], device);
  if (object === 'rule' && words[0] === 'priority') {
    return changeRule(state, verb, { priority: Number(words[1]), words: words.slice(2).join(' ') });
  }
  if (object === 'route' && words.at(-1) === table)
    return changeRoute(state, verb, words.slice(0, -2).join(' '));
  throw new Error(`the fake does not know: ip ${args.join(' ')}`);
}

/** A device that goes down loses its routes. */
function setLink(state: FakeState, turn: string | undefined, device: string): Outcome {
  if (state.link === 'absent') return { exitCode: 1, stdout: '', stderr: `Cannot find device "${device}"\n` };
  state.link = turn === 'up' ? 'up' : 'down';
  if (state.link === 'down') state.routes = state.routes.filter((route) => !route.includes(` dev ${device}`));
  return OK;
}

/** In order of priority, and within one of age. */
function changeRule(state: FakeState, verb: string | undefined, rule: FakeState['ipRules'][number]): Outcome {
  const at = state.ipRules.findIndex(
    ({ priority, words }) => priority === rule.priority && words === rule.words,
  );
  if (verb === 'add') {
    if (at !== -1) return rtnetlink('File exists');
    const behind = state.ipRules.findIndex(({ priority }) => priority > rule.priority);
    state.ipRules.splice(behind === -1 ? state.ipRules.length : behind, 0, rule);
    return OK;
  }
  if (at === -1) return rtnetlink('No such file or directory');
  state.ipRules.splice(at, 1);
  return OK;
}

function changeRoute(state: FakeState, verb: string | undefined, route: string): Outcome {
  if (verb === 'add') {
    if (state.routes.includes(route)) return rtnetlink('File exists');
    if (route.includes(' dev ') && state.link !== 'up') {
      return { exitCode: 2, stdout: '', stderr: 'Error: Device for nexthop is not up.\n' };
    }
    state.routes.push(route);
    return OK;
  }
  if (!state.routes.includes(route)) return rtnetlink('No such process');
  state.routes.splice(state.routes.indexOf(route), 1);
  return OK;
}
