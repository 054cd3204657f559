import type { Mark } from '../domain/mark.ts';
import type { IpSets } from '../host/ip-set.ts';
import type { Arg } from '../iptables/option.ts';
import type { TableRule } from '../iptables/table.ts';
import type { Costs } from './layout-costs.ts';

/** The rules of a chain in another layout, and what they lead to. */
export interface LaidOut {
  readonly rules: readonly TableRule[];
  readonly chains: ReadonlyMap<string, readonly TableRule[]>;
  readonly sets: IpSets;
  /** Of a packet's way, for an entry like any other. */
  readonly cost: number;
}

/** How a chain is to be laid out. */
export interface ChainWish {
  /** The mark of a packet that none of its rules has decided yet. */
  readonly guard: Arg<Mark>;
  /** Of the names of chains that its rules are shared out to. */
  readonly prefix: string;
  /** In the names of sets. */
  readonly firstSet: number;
  readonly costs: Costs;
}

/** What a chain of entries has its name begin with that others are shared out to. */
export const SHARE_OF = {
  entries: 'SAREF-E',
  local: 'SAREF-L',
  onward: 'SAREF-O',
  onwardBy: 'SAREF-B',
} as const;

/** Whether a chain is one that entries are shared out to. */
export function isOfTree(chain: string): boolean {
  return /^SAREF-[ELOB][0-9]/.test(chain);
}
