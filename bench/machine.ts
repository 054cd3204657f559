import { cpus, release, totalmem } from 'node:os';
import { executeHere } from '../src/system/execute.ts';

/** Where the figures are from: they mean nothing elsewhere. */
export interface Machine {
  readonly processor: string;
  readonly memory: string;
  readonly kernel: string;
  /** By tool; absent where it is not there. */
  readonly versions: Readonly<Record<string, string>>;
}

const TOOLS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  iptables: ['iptables', '-V'],
  ipset: ['ipset', '--version'],
  ferm: ['ferm', '--version'],
};

export async function thisMachine(): Promise<Machine> {
  const found = await Promise.all(Object.entries(TOOLS).map(async ([name, argv]) => versionOf(name, argv)));
  const processors = cpus();
  return {
    processor: `${String(processors.length)} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: release(),
    versions: { node: process.versions.node, ...Object.fromEntries(found.flat()) },
  };
}

/** None where the tool is not there. */
async function versionOf(name: string, argv: readonly [string, ...string[]]): Promise<[string, string][]> {
  const { stdout } = await executeHere({ argv });
  const [, version] = /v?(\d[\d.]+)/.exec(stdout) ?? [];
  return version === undefined ? [] : [[name, version]];
}
