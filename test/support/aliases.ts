import type { Cidr } from '../../src/domain/cidr.ts';
import { cidrText, overlaps } from '../../src/domain/cidr.ts';
import type { AnyEntry, AnyPolicy, Written } from './written.ts';
import { meantBy } from './written.ts';

/** An alias that is yet to be found. */
export const WANTED: Written<Cidr> = { text: '', means: [] };

function isOfSender({ user, group, cgroup, socket }: AnyEntry): boolean {
  return (user ?? group ?? cgroup ?? socket) !== undefined;
}

/** Finds one for each network of a conn that an entry wants one for, where the policy has room for it. */
export function withAliases(policy: AnyPolicy): AnyPolicy {
  const { defaults, entries, mast } = policy;
  const device = mast?.interface ?? 'mast0';
  const used = [defaults, ...entries].flatMap(({ src, dst }) => [
    ...(meantBy(src) ?? []),
    ...(meantBy(dst) ?? []),
  ]);
  const known = new Map<string, number>();
  return { ...policy, entries: entries.map((entry) => withAlias(entry)) };

  function withAlias({ alias: wish, ...entry }: AnyEntry): AnyEntry {
    const [real, ...others] = meantBy(entry.dst ?? defaults.dst) ?? [];
    // what comes out of a tunnel has no alias
    const isOnward = (entry.in ?? (isOfSender(entry) ? undefined : defaults.in)) === device;
    if (wish === undefined || isOnward || real === undefined || others.length > 0 || real.prefix === 0)
      return entry;
    const key = `${entry.socket === undefined ? entry.conn : ''} ${cidrText(real)}`;
    const number = known.get(key) ?? known.size;
    // 100.0.0.0/8 and its neighbours, which are apart
    const alias = { address: (100 + number) * 2 ** 24, prefix: real.prefix };
    if (real.prefix < 8 || used.some((network) => network.prefix > 0 && overlaps(network, alias)))
      return entry;
    known.set(key, number);
    return { ...entry, alias: { text: cidrText(alias), means: [alias] } };
  }
}
