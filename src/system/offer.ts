import { readFileSync } from 'node:fs';
import { release, type } from 'node:os';
import type { Backend } from './backend.ts';
import { BackendAmbiguous, backendInUse, otherThan } from './backend-in-use.ts';
import { rootIn } from './cgroups.ts';
import { CommandFailed } from './classify.ts';
import type { Execute } from './execute.ts';
import { canMarkBySets } from './set-support.ts';

/** One thing that a host has or lacks, in words. */
export interface Offered {
  readonly name: string;
  readonly text: string;
}

/** What this host offers, as far as the caller may see it. Nothing is written. */
export async function offerOf(execute: Execute): Promise<Offered[]> {
  const backend = await backendNow(execute);
  const ofTool = async (...argv: [string, ...string[]]): Promise<string> => {
    const { exitCode, stdout } = await execute({ argv });
    return exitCode === 0 ? (stdout.split('\n')[0] ?? '') : 'missing';
  };
  const [ipset, conntrack, ip] = await Promise.all([
    ofTool('ipset', '--version'),
    ofTool('conntrack', '--version'),
    ofTool('ip', '-V'),
  ]);
  const isBySets = typeof backend !== 'string' && (await canMarkBySets(backend.restore));
  return [
    { name: 'node', text: process.version },
    { name: 'kernel', text: `${type()} ${release()}` },
    ...(await backendRows(execute, backend)),
    { name: 'ip', text: ip },
    { name: 'ipset', text: ipset },
    { name: 'marks by sets', text: isBySets ? 'yes (skbinfo)' : 'no, or they cannot be tried here' },
    { name: 'conntrack', text: conntrack },
    { name: 'cgroup v2', text: rootIn(readFileSync('/proc/self/mountinfo', 'utf8')) ?? 'not mounted' },
    { name: 'capabilities', text: capabilitiesIn(readFileSync('/proc/self/status', 'utf8')) },
  ];
}

/** The back end in use, or why there is none. */
async function backendNow(execute: Execute): Promise<Backend | string> {
  try {
    return await backendInUse(execute, 'auto');
  } catch (error) {
    if (error instanceof BackendAmbiguous) return 'both back ends hold rules: say which one with --backend';
    if (error instanceof CommandFailed) return 'missing';
    throw error;
  }
}

async function backendRows(execute: Execute, backend: Backend | string): Promise<Offered[]> {
  if (typeof backend === 'string') return [{ name: 'iptables', text: backend }];
  const other = await otherThan(execute, backend);
  return [
    { name: 'iptables', text: backend.version },
    { name: 'other back end', text: other?.version ?? 'missing' },
  ];
}

/** Bits of linux/capability.h, and who needs them. */
const CAPABILITIES = [
  { name: 'CAP_NET_ADMIN', bit: 12n, use: 'rules, routes, sets, flows' },
  { name: 'CAP_NET_RAW', bit: 13n, use: 'iptables of the legacy back end, packets of a probe' },
  { name: 'CAP_SYS_ADMIN', bit: 21n, use: 'namespaces, where users may not make them' },
] as const;

/** Of /proc/PID/status: those that are effective. */
export function capabilitiesIn(status: string): string {
  const [, mask = '0'] = /^CapEff:\t([0-9a-f]+)$/m.exec(status) ?? [];
  const held = BigInt(`0x${mask}`);
  return CAPABILITIES.map(({ name, bit, use }) =>
    (held / 2n ** bit) % 2n === 1n ? name : `no ${name} (${use})`,
  ).join(', ');
}
