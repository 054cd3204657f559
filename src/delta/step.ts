import type { TableName } from '../host/state.ts';
import type { Span } from '../diagnostics/source.ts';

/** One command to run. The host is safe after each: packets are blocked rather than leaked. */
export type Step =
  | {
      readonly tool: 'iptables-restore';
      readonly table: TableName;
      readonly script: string;
      /** Per line of the script, the place in the policy that causes it. */
      readonly origins: readonly (Span | undefined)[];
    }
  /** What `ipset restore` does, line after line: of its lines none but `swap` changes two things at once. */
  | {
      readonly tool: 'ipset';
      readonly script: string;
      readonly origins: readonly (Span | undefined)[];
    }
  | { readonly tool: 'ip'; readonly args: readonly string[] }
  | { readonly tool: 'sysctl'; readonly key: string; readonly on: boolean }
  /** Takes away the entries of running flows, so that their next packet decides anew. */
  | { readonly tool: 'conntrack'; readonly filters: readonly (readonly string[])[]; readonly flows: number };
