import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNamespace } from '../../src/system/namespace.ts';
import { ROOT } from '../../test/support/bin.ts';

/** The gateway's own address. */
export const GATEWAY = '198.51.100.1';

/** A gateway without any rules, in a namespace of its own. */
export interface BenchHost extends Namespace {
  readonly backend: Backend;
}

/** Nothing is on the wire behind a bridge without ports: what it is handed has left, and costs no more. */
const OUTLETS = ['mast0', 'wan0'].flatMap((device) => [
  `link add ${device} type bridge`,
  `link set dev ${device} arp off`,
  `link set dev ${device} up`,
]);

/** IPv6 would chat on the devices. */
const SWITCHES = [
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
];

export async function openHost(
  backendName: BackendName,
  outlets: readonly string[] = OUTLETS,
): Promise<BenchHost> {
  const namespace = await openNamespace();
  const backend = await findBackend(namespace.execute, backendName);
  await setSwitches(namespace);
  await ipBatch(namespace, [
    'link set dev lo up',
    `address add ${GATEWAY}/32 dev lo`,
    ...outlets,
    ...(outlets === OUTLETS ? ['route add default dev wan0'] : []),
  ]);
  return { ...namespace, backend };
}

export async function setSwitches(host: Namespace): Promise<void> {
  await host.mustRun({ argv: ['sysctl', '-e', '-w', ...SWITCHES] });
}

export async function ipBatch(host: Namespace, lines: readonly string[]): Promise<void> {
  await host.mustRun({ argv: ['ip', '-batch', '-'], stdin: `${lines.join('\n')}\n` });
}

/** Opens a host, and closes it whatever comes of the work. */
export async function onHost<Result>(
  backend: BackendName,
  work: (host: BenchHost) => Promise<Result>,
): Promise<Result> {
  const host = await openHost(backend);
  try {
    return await work(host);
  } finally {
    await host.close();
  }
}

/** Text as a file of the benchmark's folder. */
export function keepText(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, 'latin1');
  return file;
}

export function perlFile(name: string): string {
  return `${ROOT}bench/lab/${name}`;
}

/** One call on the mangle table. */
export function iptables({ backend }: BenchHost, ...words: string[]): [string, ...string[]] {
  return [backend.restore.replace(/-restore$/, ''), '-t', 'mangle', ...words];
}

/** Loads a script, beside what is there. */
export async function restore(host: BenchHost, stdin: string): Promise<void> {
  const argv = [host.backend.restore, '--noflush'] as const;
  await host.mustRun({ argv, stdin, timeLimitSeconds: LONGEST_SECONDS });
}

/** The largest table of the slowest tool, on a busy machine. */
export const LONGEST_SECONDS = 900;
