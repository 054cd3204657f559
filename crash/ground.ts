import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDER } from '../src/exec/exec.ts';
import { findBackend } from '../src/system/backend.ts';
import type { BackendName } from '../src/system/backend.ts';
import { rootIn } from '../src/system/cgroups.ts';
import type { HostTools } from '../src/system/host-tools.ts';
import { hostTools } from '../src/system/host-tools.ts';
import type { Namespace } from '../src/system/namespace.ts';
import { openNamespace } from '../src/system/namespace.ts';
import type { Operator } from '../test/support/gateway-lab.ts';
import { openOperator } from '../test/support/gateway-lab.ts';

/** A host on which the program may die: others have rules there too, and what is kept goes with it. */
export interface Ground extends Operator {
  readonly backend: BackendName;
  readonly namespace: Namespace;
  readonly tools: HostTools;
  close(): Promise<void>;
}

const OTHERS =
  '*mangle\n:OTHERS - [0:0]\n-A OTHERS -p tcp -j RETURN\n-A OUTPUT -j OTHERS\n-A PREROUTING -j OTHERS\nCOMMIT\n';

const LINKS = [
  'link set dev lo up',
  'link add mast0 address 02:00:00:00:03:01 type veth peer name far-mast',
  'link set dev mast0 arp off',
  'link set dev mast0 up',
  'link set dev far-mast up',
  'link add eth0 type veth peer name far-eth',
  'link set dev eth0 up',
  'link set dev far-eth up',
  'address add 10.9.1.1/24 dev eth0',
  'route add default via 10.9.1.2 dev eth0',
  'rule add priority 1000 fwmark 0x1/0xff lookup main',
];

export async function openGround(backend: BackendName): Promise<Ground> {
  const namespace = await openNamespace();
  await namespace.mustRun({ argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/var/lib'] });
  await namespace.mustRun({ argv: ['ip', '-batch', '-'], stdin: `${LINKS.join('\n')}\n` });
  const found = await findBackend(namespace.execute, backend);
  const tools = hostTools(namespace.execute, { backend: found, waitSeconds: 10 });
  await tools.restore(OTHERS);
  const operator = await openOperator(namespace, backend);
  return {
    ...{ ...operator, backend, namespace, tools },
    async close() {
      await namespace.close();
      await operator.leave();
    },
  };
}

/** Cgroups of runs here, by their names, which say in what network namespace each is: a pid may come again. */
export async function runFolders({ namespace }: Ground): Promise<string[]> {
  const cgroups = rootIn(await readFile('/proc/self/mountinfo', 'utf8')) ?? '';
  const folder = join(cgroups, FOLDER);
  const { ino } = statSync(`/proc/${String(namespace.pid)}/ns/net`);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.startsWith(`exec-${String(ino)}-`));
}

const SWITCHES = [
  'net.ipv4.conf.mast0.src_valid_mark',
  'net.ipv4.fwmark_reflect',
  'net.ipv4.tcp_fwmark_accept',
] as const;

/** All that the program could have changed, whoever it belongs to, as the tools print it. */
export async function hostText({ namespace, tools }: Ground): Promise<string> {
  const ask = (...argv: [string, ...string[]]): Promise<string> => namespace.mustRun({ argv });
  const texts = await Promise.all([
    ...['mangle', 'nat', 'raw'].map((table) => ask(tools.backend.save, '-t', table)),
    ask('ip', 'rule', 'show'),
    ask('ip', '-4', 'route', 'show', 'table', 'all'),
    ask('ip', '-oneline', 'link', 'show', 'dev', 'mast0'),
    ask('sysctl', ...SWITCHES),
    ask('ipset', 'save').then(sorted),
  ]);
  // what an empty chain was once told to do, how a set hashes, and that an empty table is there means nothing
  return texts
    .join('\n')
    .replace(/^#.*\n|^:[A-Z]+ (?:ACCEPT|DROP) .*\n/gm, '')
    .replace(/ \[\d+:\d+\]$|(?: hashsize| bucketsize| initval) \S+/gm, '')
    .replace(/^\*\w+\nCOMMIT\n/gm, '');
}

function sorted(text: string): string {
  return text.split('\n').toSorted().join('\n');
}

/** The part of it that is there for a while only: none of it may outlive a recovery. */
export function passingIn(text: string): string[] {
  return text.match(/^.*(?:SAREF-PROBE|SAREF-EXEC|SAREF-SET-NEW).*$/gm) ?? [];
}

/** What is kept of the changes of this host, by the name of the file. */
export function stateFiles({ namespace }: Ground): Map<string, string> {
  const root = `/proc/${String(namespace.pid)}/root/var/lib/saref-mark`;
  if (!existsSync(root)) return new Map();
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return new Map(
    names.map((name) => [name.slice(name.indexOf('/') + 1), readFileSync(`${root}/${name}`, 'utf8')]),
  );
}
