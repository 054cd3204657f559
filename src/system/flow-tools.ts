import { CommandFailed, hasVanished } from './classify.ts';
import type { Command, Execute } from './execute.ts';

/** conntrack and its table of running flows. */
export interface FlowTools {
  /**
   * All, or those with bit 31 in their ctmark, and which addresses are the host's own; no listing where
   * there is no conntrack.
   *
   * @throws CommandFailed
   */
  read(which: 'all' | 'decided'): Promise<{ readonly listing: string | undefined; readonly local: string }>;
  /**
   * Takes away the entries of the flows that match one of the filters, one command each. A flow that has
   * ended meanwhile is no error.
   *
   * @throws CommandFailed
   */
  remove(filters: readonly (readonly string[])[]): Promise<void>;
}

const LISTS = {
  all: { argv: ['conntrack', '-L', '-f', 'ipv4'] },
  decided: { argv: ['conntrack', '-L', '-f', 'ipv4', '-m', '0x80000000/0x80000000'] },
} as const;
const LOCAL = { argv: ['ip', '-4', 'route', 'show', 'table', 'local'] } as const;

export function flowTools(execute: Execute): FlowTools {
  return {
    async read(which) {
      const list = LISTS[which];
      const [listed, local] = await Promise.all([execute(list), execute(LOCAL)]);
      if (local.exitCode !== 0) throw new CommandFailed(LOCAL, local);
      const failure = new CommandFailed(list, listed);
      if (failure.kind === 'missing') return { listing: undefined, local: local.stdout };
      if (listed.exitCode !== 0) throw failure;
      return { listing: listed.stdout, local: local.stdout };
    },
    async remove(filters) {
      // not `conntrack -R -` at once: it opens /dev/stdin, which Node's pipes do not allow, and ends at
      // the first flow that it does not find any more
      for (const filter of filters) {
        const command: Command = { argv: ['conntrack', '-D', ...filter] };
        const outcome = await execute(command);
        if (outcome.exitCode !== 0 && !hasVanished(outcome)) throw new CommandFailed(command, outcome);
      }
    },
  };
}
