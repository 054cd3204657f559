/** What the schema admits, before the defaults. */
export interface PolicyData {
  readonly dataplane?: 'mast';
  readonly layout?: 'auto' | 'rules' | 'tree' | 'sets';
  readonly tracking?: 'flow' | 'packet';
  readonly replies?: 'tunnel' | 'entries';
  readonly mast?: { readonly interface?: string; readonly table?: number; readonly 'ike-ports'?: number[] };
  readonly protect?:
    OneOrMore<string> | { readonly networks: OneOrMore<string>; readonly except?: OneOrMore<string> };
  readonly sarefs?: 'pluto' | SarefsData;
  readonly networks?: Readonly<Record<string, OneOrMore<string>>>;
  readonly defaults?: Pick<EntryData, 'src' | 'dst' | 'in' | 'down'>;
  readonly entries: readonly EntryData[];
}

type SarefsData = Readonly<Record<string, SarefData>>;

export type SarefData =
  number | 'down' | { readonly refhim: number; readonly ref?: number; readonly peer?: string };

export interface EntryData {
  /** Absent only beside `socket`. */
  readonly conn?: string;
  readonly saref?: Exclude<SarefData, 'down'>;
  readonly src?: OneOrMore<string>;
  readonly dst?: OneOrMore<string>;
  readonly alias?: string;
  readonly proto?: string | number;
  readonly sport?: OneOrMore<string | number>;
  readonly dport?: OneOrMore<string | number>;
  readonly in?: string;
  readonly dscp?: string | number;
  readonly user?: string | number;
  readonly group?: string | number;
  readonly cgroup?: string;
  readonly socket?: 'saref';
  readonly over?: string;
  readonly down?: 'block' | 'skip';
  readonly description?: string;
  readonly contact?: string;
}

type OneOrMore<T> = T | readonly T[];
