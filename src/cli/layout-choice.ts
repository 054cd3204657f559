import type { LayoutChoice, LayoutWish } from '../lower/choose-layout.ts';
import type { Policy } from '../policy/policy.ts';
import type { BackendName } from '../system/backend.ts';
import type { Arguments } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Far below what would be worth a set: nobody tries what a host can do for a policy of that size. */
const FEW_RULES = 20;

/**
 * The layout that the command line or the policy asks for. `auto` takes sets where it is known that they
 * mark packets here; what prints for another host does not know, and prints the same everywhere.
 */
export async function layoutWish(args: Arguments, policy: Policy, isLive: boolean): Promise<LayoutWish> {
  const layout = args.isSet('layout') ? (args.value('layout') as LayoutWish['layout']) : policy.layout;
  const isOpen = layout === 'auto' && isLive && rulesOf(policy) > FEW_RULES;
  return { layout, hasSets: isOpen && (await isMarkedBySetsHere(args)) };
}

/** No match takes fewer ranges of ports. */
const PORTS = 7;

function rulesOf({ entries }: Policy): number {
  return entries.reduce((sum, { selector: { src, dst, sport, dport } = {} }) => {
    const ports = [sport, dport].map((ranges = []) => Math.ceil(ranges.length / PORTS) || 1);
    return sum + [src?.length ?? 1, dst?.length ?? 1, ...ports].reduce((product, count) => product * count);
  }, 0);
}

async function isMarkedBySetsHere(args: Arguments): Promise<boolean> {
  const [{ canMarkBySets }, { backendTools }] = await Promise.all([
    import('../system/set-support.ts'),
    import('../system/backend.ts'),
  ]);
  return canMarkBySets(backendTools(args.value('backend') as BackendName | 'auto').restore);
}

/** One line on stderr, where it was ours to choose and is not what one reads first. */
export function tellLayout({ layout, why }: LayoutChoice, terminal: Terminal): void {
  if (why !== undefined && !why.endsWith(FEW)) terminal.err(`layout: ${layout} (${why})\n`);
}

const FEW = ' are few';
