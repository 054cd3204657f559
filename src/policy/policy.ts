import type { Cidr, CidrReading } from '../domain/cidr.ts';
import type { PortRange } from '../domain/port-range.ts';
import type { Selector } from '../domain/selector.ts';
import type { Span } from '../diagnostics/source.ts';
import type { Account } from './accounts.ts';

/** A value and the place in the file that says it; the default's place is the whole file. */
export interface Spanned<T> {
  readonly value: T;
  readonly span: Span;
}

/** A policy as written: of the right shape, not yet of the right meaning (see checks/). */
export interface Policy {
  readonly dataplane: 'mast';
  /** How the entries are laid out in rules. It means nothing to any packet. */
  readonly layout: 'auto' | 'rules' | 'tree' | 'sets';
  readonly tracking: 'flow' | 'packet';
  /** tunnel: a flow that comes in by a conn is answered by it. entries: by whichever conn they say. */
  readonly replies: 'tunnel' | 'entries';
  readonly mast: MastSettings;
  /** pluto: what `ipsec auto --status` says at the time. */
  readonly sarefs: readonly SarefLine[] | 'pluto';
  /** Networks that have a name, in their order. */
  readonly networks: readonly NamedNetworks[];
  /** Networks that are reached by mast or not at all, and those in them that are not. */
  readonly protect: Protection;
  /** What entries that say nothing of the kind take over, each item in its place under `defaults:`. */
  readonly defaults: Pick<Entry, 'src' | 'dst'>;
  readonly entries: readonly Entry[];
}

export interface Protection {
  readonly networks: readonly Spanned<Side>[];
  readonly except: readonly Spanned<Side>[];
  /** The same as far as they can be read, names for what they stand for. */
  readonly inside: readonly Spanned<Cidr>[];
  readonly outside: readonly Cidr[];
}

interface MastSettings {
  readonly interface: string;
  readonly table: number;
  readonly ikePorts: readonly number[];
}

/** One line of a `sarefs:` map or of another table of SArefs; a conn that is down has no refs. */
export interface SarefLine {
  readonly conn: Spanned<string>;
  readonly refhim: Spanned<number> | undefined;
  readonly ref: Spanned<number> | undefined;
  /** The gateway at the other end, where known. */
  readonly peer?: Spanned<CidrReading> | undefined;
}

export interface NamedNetworks {
  readonly name: Spanned<string>;
  readonly networks: readonly Spanned<CidrReading>[];
}

/** One item of a `src:` or `dst:`. */
export type Side =
  | { readonly kind: 'network'; readonly network: CidrReading }
  | { readonly kind: 'name'; readonly named: NamedNetworks }
  | { readonly kind: 'unknown name'; readonly name: string };

/** A path, and whether it was there when the policy was read. */
interface CgroupReading {
  readonly path: string;
  readonly isThere: boolean;
}

export interface Entry {
  /** BY_SOCKET, in the place of `socket:`, where the socket chooses. */
  readonly conn: Spanned<string>;
  /** Of its own, over the table's. */
  readonly saref: SarefLine | undefined;
  readonly src: readonly Spanned<Side>[] | undefined;
  readonly dst: readonly Spanned<Side>[] | undefined;
  /** Stands for the one network of dst: packets to it are matched, and sent there. */
  readonly alias: Spanned<CidrReading> | undefined;
  /** That network; undefined without an alias, or where it cannot be read. */
  readonly mapsTo: Cidr | undefined;
  /** Undefined inside where it cannot be read. */
  readonly protocol: Spanned<number | undefined> | undefined;
  readonly sport: readonly Spanned<PortRange | undefined>[] | undefined;
  readonly dport: readonly Spanned<PortRange | undefined>[] | undefined;
  readonly inInterface: string | undefined;
  /** Undefined inside where it cannot be read. */
  readonly dscp: Spanned<number | undefined> | undefined;
  readonly user: Spanned<Account> | undefined;
  readonly group: Spanned<Account> | undefined;
  readonly cgroup: Spanned<CgroupReading> | undefined;
  /** The SA is not that of a conn but the one that the sending socket names. */
  readonly socket: Spanned<'saref'> | undefined;
  /** The conn that carries this one's ESP and IKE: a tunnel inside of another. */
  readonly over: Spanned<string> | undefined;
  readonly down: 'block' | 'skip';
  readonly description: string | undefined;
  readonly contact: string | undefined;
  /** All of the above that says which packets; undefined where it says nothing, or cannot be read. */
  readonly selector: Selector | undefined;
  /** The whole item of the list. */
  readonly span: Span;
}
