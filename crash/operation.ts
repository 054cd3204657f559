import type { policyTexts } from './policies.ts';
import { FLOWS } from './policies.ts';
import type { Ground } from './ground.ts';

/** What the program is killed at. */
export interface Operation {
  readonly name: string;
  /** Brings a ground to the old state. What it says goes to `args`. */
  readonly prepare: (ground: Ground, files: Files) => Promise<string>;
  /** @param said what `prepare` has returned */
  readonly args: (files: Files, said: string) => readonly [string, ...string[]];
  /** What is run next where not `recover` is. */
  readonly next: 'first' | 'second';
  /** What that ends in. */
  readonly nextEnds: 'old' | 'new';
  /** Whether the host is the same before and after, and differs meanwhile at most. */
  readonly isPassing?: boolean;
}

/** Policies, and where they are written. */
export type Files = Readonly<Record<keyof ReturnType<typeof policyTexts>, string>>;

const TRUST = '--insecure-policy';

async function must(ground: Ground, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await ground.run(...args);
  if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${String(exitCode)} ${stderr}`);
  return stdout;
}

async function applyFirst(ground: Ground, { first }: Files): Promise<string> {
  await must(ground, 'apply', first);
  for (const [dst, saref] of FLOWS) await startFlow(ground, dst, saref);
  return '';
}

/** As if a packet had gone there. */
async function startFlow({ namespace }: Ground, dst: string, saref: number): Promise<void> {
  const ends = ['-s', '10.9.1.1', '-d', dst, '-p', 'udp', '--sport', '4000', '--dport', '53'];
  const mark = String(0x80000000 + saref * 0x10000);
  await namespace.mustRun({ argv: ['conntrack', '-I', ...ends, '--timeout', '600', '--mark', mark] });
}

async function applyBoth(ground: Ground, files: Files): Promise<string> {
  await applyFirst(ground, files);
  return must(ground, 'apply', files.second);
}

/** @returns the word that confirms the second one */
async function applyBothPending(ground: Ground, files: Files): Promise<string> {
  await applyFirst(ground, files);
  const said = await must(ground, 'apply', files.second, '--confirm', '120s');
  return /confirm ([0-9a-f]+)/.exec(said)?.[1] ?? '';
}

const nothing = (): Promise<string> => Promise.resolve('');

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'apply, the first of all',
    prepare: nothing,
    args: ({ first }) => ['apply', TRUST, first],
    next: 'first',
    nextEnds: 'new',
  },
  {
    name: 'apply, a change',
    prepare: applyFirst,
    args: ({ second }) => ['apply', TRUST, second],
    next: 'second',
    nextEnds: 'new',
  },
  {
    name: 'apply --confirm',
    prepare: applyFirst,
    args: ({ second }) => ['apply', TRUST, second, '--confirm', '120s'],
    next: 'second',
    nextEnds: 'new',
  },
  {
    name: 'confirm',
    prepare: applyBothPending,
    args: (_, token) => ['confirm', token],
    next: 'second',
    nextEnds: 'new',
    isPassing: true,
  },
  {
    name: 'rollback',
    prepare: applyBoth,
    args: () => ['rollback'],
    next: 'second',
    nextEnds: 'old',
  },
  {
    name: 'exec',
    prepare: applyFirst,
    args: ({ first }) => ['exec', TRUST, first, '--conn', 'b', '--', 'true'],
    next: 'first',
    nextEnds: 'old',
    isPassing: true,
  },
  {
    name: 'rehearse',
    prepare: applyFirst,
    args: ({ small }) => ['rehearse', small],
    next: 'first',
    nextEnds: 'old',
    isPassing: true,
  },
];
