import { cidrText } from '../../domain/cidr.ts';
import type { Cidr } from '../../domain/cidr.ts';
import { inFrontOf, overlapsIn } from '../../domain/overlap-index.ts';
import type { Diagnostic, Label } from '../../diagnostics/diagnostic.ts';
import type { AliasReading } from '../entry.ts';
import { aliasesIn, cidrsOf } from '../entry.ts';
import type { Policy } from '../policy.ts';
import { entrySides } from '../sides.ts';

/** SM1410 to SM1414: an alias stands for one network of its size, for one conn, and is no network itself. */
export function checkAlias(policy: Policy): Diagnostic[] {
  const aliases = aliasesIn(policy);
  if (aliases.length === 0) return [];
  return [
    ...aliases.flatMap(badMapping),
    ...ambiguous(aliases),
    ...inUse(aliases, policy),
    ...fromTunnels(policy),
  ];
}

function badMapping({ alias, real, span }: AliasReading): Diagnostic[] {
  const [network, ...others] = real;
  if (network === undefined || others.length > 0 || network.prefix === 0) {
    const text = network === undefined ? 'stands for nothing' : 'for which network?';
    const help = 'give the entry the one network that it stands for:\ndst: 192.168.0.0/24';
    return [{ code: 'SM1410', labels: [{ span, text }], help }];
  }
  if (alias.prefix === network.prefix) return [];
  const text = `has another size than ${cidrText(network)}`;
  return [{ code: 'SM1411', labels: [{ span, text }], help: 'give both the same prefix length' }];
}

function ambiguous(all: readonly AliasReading[]): Diagnostic[] {
  const aliases = eachMeaningOnce(all);
  const overlapsWith = overlapsIn(aliases.map(({ alias }) => ({ dst: [alias] })));
  return aliases.flatMap((one, index) => {
    const other = inFrontOf(overlapsWith({ dst: [one.alias] }), index)
      .map((place) => aliases[place] as AliasReading)
      .find(({ conn, real }) => conn !== one.conn || textOf(real) !== textOf(one.real));
    if (other === undefined) return [];
    const labels = [
      label(one, 'overlaps'),
      label(other, `with this one, for ${textOf(other.real)} of ${other.conn}`),
    ];
    return [{ code: 'SM1412', labels, help: 'give each network of each conn an alias of its own' }];
  });
}

function fromTunnels({ mast, entries }: Policy): Diagnostic[] {
  return entries.flatMap(({ alias, inInterface }) =>
    alias === undefined || inInterface !== mast.interface
      ? []
      : [
          {
            code: 'SM1414',
            labels: [label(alias, 'is for what mast has decapsulated')],
            help: 'leave the alias out, and where both clients have the same network, give one of them another',
          },
        ],
  );
}

/** Any number of entries of a conn may share an alias. */
function eachMeaningOnce(aliases: readonly AliasReading[]): AliasReading[] {
  const byMeaning = new Map<string, AliasReading>();
  for (const one of aliases) {
    const key = `${one.conn} ${cidrText(one.alias)} ${textOf(one.real)}`;
    if (!byMeaning.has(key)) byMeaning.set(key, one);
  }
  return [...byMeaning.values()];
}

/** Every address is not a network that anybody is in: an entry for the rest may stand behind aliases. */
function inUse(aliases: readonly AliasReading[], policy: Policy): Diagnostic[] {
  const networks = entrySides(policy).flatMap((side) =>
    cidrsOf(side).flatMap((network) => (network.prefix === 0 ? [] : { network, span: side.span })),
  );
  const overlapsWith = overlapsIn(networks.map(({ network }) => ({ dst: [network] })));
  return aliases.flatMap((one) => {
    const [place] = inFrontOf(overlapsWith({ dst: [one.alias] }), Infinity, 1);
    const used = place === undefined ? undefined : networks[place];
    if (used === undefined) return [];
    const labels = [label(one, 'overlaps'), label(used, `with ${cidrText(used.network)}`)];
    return [{ code: 'SM1413', labels, help: 'take a network for it that is used nowhere' }];
  });
}

function label({ span }: Pick<AliasReading, 'span'>, text: string): Label {
  return { span, text };
}

function textOf(networks: readonly Cidr[]): string {
  return networks.map(cidrText).join(', ');
}
