import { BIN } from '../test/support/bin.ts';
import { BACKENDS } from '../test/support/lab.ts';
import { executeHere } from '../src/system/execute.ts';
import { LAST_SAREF } from '../src/domain/saref.ts';
import { keepText } from './lab/host.ts';
import type { Layout } from './lab/policy-text.ts';
import { benchConns, LAYOUTS, policyText } from './lab/policy-text.ts';
import type { Kind, Scale, Setting } from './row.ts';

const WHOLE: Scale = {
  most: LAST_SAREF,
  sizes: [16, 1000, 10_000, LAST_SAREF],
  many: 10_000,
  changed: 1000,
  rounds: 7,
  runs: 3,
  floodMs: 300,
  every: 100,
  parserLines: 100_000,
};

const SMALL: Scale = {
  most: 64,
  sizes: [16, 64],
  many: 64,
  changed: 32,
  rounds: 1,
  runs: 1,
  floodMs: 5,
  every: 16,
  parserLines: 1000,
};

interface Found {
  readonly isSmall: boolean;
  readonly hasFerm: boolean;
}

export async function openSetting(folder: string, { isSmall, hasFerm }: Found): Promise<Setting> {
  return {
    scale: isSmall ? SMALL : WHOLE,
    kinds: kindsOf(await knownLayouts(folder), isSmall),
    hasFerm,
    folder,
    tell: (text) => {
      process.stderr.write(`${text}\n`);
    },
  };
}

/** When it shall be short, each layout once, and each back end. */
function kindsOf(layouts: readonly Layout[], isShort: boolean): Kind[] {
  const all = BACKENDS.flatMap((backend) => layouts.map((layout) => ({ backend, layout })));
  const isKept = (kind: Kind): boolean =>
    BACKENDS[layouts.indexOf(kind.layout) % BACKENDS.length] === kind.backend;
  return isShort && layouts.length >= BACKENDS.length ? all.filter(isKept) : all;
}

/** The policy language is asked: it may know only one way, and then has no key for it. */
async function knownLayouts(folder: string): Promise<Layout[]> {
  const known: Layout[] = [];
  for (const layout of LAYOUTS) {
    const file = keepText(folder, `${layout}.yaml`, policyText(benchConns(2), { layout }));
    const { exitCode } = await executeHere({ argv: [process.execPath, BIN, 'check', file] });
    if (exitCode === 0) known.push(layout);
  }
  return known.length === 0 ? ['only'] : known;
}
