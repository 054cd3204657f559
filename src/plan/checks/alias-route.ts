import type { Cidr } from '../../domain/cidr.ts';
import { cidrText, overlaps } from '../../domain/cidr.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Alias } from '../aliases.ts';
import { aliasesOf } from '../aliases.ts';
import type { MarkPlan } from '../plan.ts';

/** A network, or one address, to which packets of this host have a way; to its own addresses, too. */
export interface Way {
  readonly network: Cidr;
  /** Absent where there are several next hops. */
  readonly device: string | undefined;
  /** Number of the routing table; absent for the main one. */
  readonly table: number | undefined;
  /** As it was printed. */
  readonly words: string;
}

/**
 * SM1515, SM1516: there is somebody, or may be, at the addresses of an alias: whoever sends to them from
 * here reaches a client instead. Ways by mast are for what the alias stands for.
 */
export function checkAliasRoutes(plan: MarkPlan, ways: readonly Way[]): Diagnostic[] {
  const others = ways.filter(({ device, table }) => device !== plan.interface && table !== plan.table);
  return aliasesOf(plan).flatMap((alias) => {
    const common = others.filter(({ network }) => overlaps(alias.alias, network));
    const inside = common.find(({ network }) => network.prefix >= alias.alias.prefix);
    const [around] = common;
    if (inside !== undefined) return [told('SM1515', alias, inside)];
    return around === undefined ? [] : [told('SM1516', alias, around)];
  });
}

function told(code: 'SM1515' | 'SM1516', { conn, alias, origin }: Alias, { words }: Way): Diagnostic {
  return {
    code,
    labels: [{ span: origin, text: `has the alias ${cidrText(alias)}, and this host the route ${words}` }],
    detail: `Packets to ${cidrText(alias)} go to ${conn}, whoever is there by that route.`,
    help: 'take an alias to which there is no route here:\nip -4 route show table all',
  };
}
