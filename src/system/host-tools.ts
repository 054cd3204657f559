import type { Backend } from './backend.ts';
import {
  CommandFailed,
  hasTrouble,
  isUnknownDevice,
  isUnknownSysctl,
  isUnusedTable,
  refusedCommands,
} from './classify.ts';
import type { Command, Execute, Outcome } from './execute.ts';
import type { FlowTools } from './flow-tools.ts';
import { flowTools } from './flow-tools.ts';
import type { SetTools } from './set-tools.ts';
import { setTools } from './set-tools.ts';

/** Which parts of a host are looked at. */
interface HostNames {
  readonly device: string;
  /** Number of a routing table. */
  readonly table: number;
  /** Besides mangle. */
  readonly tables: readonly ('nat' | 'raw')[];
  readonly sysctls: readonly string[];
  /** How the names of the sets begin that are looked at; absent: none is. */
  readonly setPrefix?: string | undefined;
}

/** What the tools printed, word for word. */
interface PrintedHost {
  readonly mangle: string;
  /** Undefined where it was not asked for. */
  readonly nat: string | undefined;
  readonly raw: string | undefined;
  readonly sets: string | undefined;
  readonly ipRules: string;
  readonly routes: string;
  /** Empty where there is no such device. */
  readonly link: string;
  readonly sysctls: string;
}

/** What the kernel says of one packet: the route that it takes, or why it takes none. */
export interface RouteAnswer {
  readonly isRoute: boolean;
  readonly text: string;
}

/** One host's tools. Each call is one command; it throws CommandFailed where that fails. */
export interface HostTools {
  readonly backend: Backend;
  read(names: HostNames): Promise<PrintedHost>;
  /** The mangle table, as iptables-save prints it. */
  readTable(): Promise<string>;
  /** The mangle table with the counters of its rules. */
  readCounters(): Promise<string>;
  /** `ip -oneline address show`. */
  readAddresses(): Promise<string>;
  /** `ip -4 -N route show table all`. */
  readAllRoutes(): Promise<string>;
  /** `ip -oneline link show`, of all devices. */
  readLinks(): Promise<string>;
  /** `ip -4 route show default`. */
  readDefaultRoutes(): Promise<string>;
  /** The kernel's own routes to networks that the host has an address in. */
  readConnected(): Promise<string>;
  /** For each the words of a `ip route get`, behind that: where the kernel would send such a packet. */
  routesOf(queries: readonly string[]): Promise<RouteAnswer[]>;
  /** All of the script or nothing. */
  restore(script: string): Promise<void>;
  ip(args: readonly string[]): Promise<void>;
  setSysctl(key: string, on: boolean): Promise<void>;
  readonly flows: FlowTools;
  readonly sets: SetTools;
}

interface HostOptions {
  readonly backend: Backend;
  /** How long to wait for the lock of the tables. */
  readonly waitSeconds: number;
}

export function hostTools(execute: Execute, { backend, waitSeconds }: HostOptions): HostTools {
  const run = async (command: Command, isFine = succeeded): Promise<string> => {
    const outcome = await execute(command);
    if (!isFine(outcome)) throw new CommandFailed(command, outcome);
    return outcome.stdout;
  };
  const ask = (argv: Command['argv'], isFine = succeeded): Promise<string> => run({ argv }, isFine);
  const save = (table: string, ...options: string[]): Promise<string> =>
    ask([backend.save, ...options, '-t', table], (outcome) => succeeded(outcome) && !hasTrouble(outcome));
  const sets = setTools(execute);
  return {
    backend,
    flows: flowTools(execute),
    sets,
    async read({ device, table, tables, sysctls, setPrefix }) {
      const saved = (name: (typeof tables)[number]) => (tables.includes(name) ? save(name) : undefined);
      const [nat, raw, mangle, held, ipRules, routes, link, switches] = await Promise.all([
        saved('nat'),
        saved('raw'),
        save('mangle'),
        setPrefix === undefined ? undefined : sets.read(setPrefix),
        ask(['ip', '-4', 'rule', 'show']),
        ask(['ip', '-4', 'route', 'show', 'table', String(table)], orElse(isUnusedTable)),
        ask(['ip', '-oneline', 'link', 'show', 'dev', device], orElse(isUnknownDevice)),
        ask(['sysctl', ...sysctls], orElse(isUnknownSysctl)),
      ]);
      return { nat, raw, mangle, sets: held, ipRules, routes, link, sysctls: switches };
    },
    readTable: () => save('mangle'),
    readCounters: () => save('mangle', '-c'),
    readAddresses: () => ask(['ip', '-4', '-oneline', 'address', 'show']),
    readAllRoutes: () => ask(['ip', '-4', '-N', 'route', 'show', 'table', 'all']),
    readLinks: () => ask(['ip', '-oneline', 'link', 'show']),
    readDefaultRoutes: () => ask(['ip', '-4', 'route', 'show', 'default']),
    readConnected: () => ask(['ip', '-4', 'route', 'show', 'proto', 'kernel', 'scope', 'link']),
    routesOf: (queries) => askRoutes(execute, queries),
    async restore(script) {
      await run({
        argv: [backend.restore, '--noflush', '--wait', String(Math.max(SHORTEST_WAIT, waitSeconds))],
        stdin: script,
        timeLimitSeconds: waitSeconds + LONGEST_WRITE_SECONDS,
      });
    },
    async ip(args) {
      await ask(['ip', '-4', ...args]);
    },
    async setSysctl(key, on) {
      await ask(['sysctl', '-w', `${key}=${on ? '1' : '0'}`]);
    },
  };
}

async function askRoutes(execute: Execute, queries: readonly string[]): Promise<RouteAnswer[]> {
  const argv = ['ip', '-4', '-oneline', '-force', '-batch', '-'] as const;
  const stdin = queries.map((query) => `route get ${query}\n`).join('');
  const outcome = await execute({ argv, stdin });
  const refused = refusedCommands(outcome);
  const routes = outcome.stdout.split('\n').filter((line) => line !== '');
  // one line of answer or of complaint for each line asked
  if (routes.length + refused.size !== queries.length) throw new CommandFailed({ argv }, outcome);
  return queries.map((_, index) => {
    const refusal = refused.get(index + 1);
    const isRoute = refusal === undefined;
    return { isRoute, text: (isRoute ? (routes.shift() ?? '') : refusal).trim() };
  });
}

/** In seconds: told to wait for 0, versions 1.8.8 to 1.8.10 wait for ever. */
const SHORTEST_WAIT = 1;

/** Once it has the lock. Ten seconds is a very large table. */
const LONGEST_WRITE_SECONDS = 60;

function succeeded({ exitCode }: Outcome): boolean {
  return exitCode === 0;
}

/** Success, or a failure that is an answer. */
function orElse(isAnswer: (outcome: Outcome) => boolean): (outcome: Outcome) => boolean {
  return (outcome) => succeeded(outcome) || (outcome.exitCode !== undefined && isAnswer(outcome));
}
