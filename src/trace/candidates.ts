import { commonOf } from '../domain/mark.ts';
import { oncePer } from '../domain/once.ts';
import type { Packet } from '../domain/packet.ts';
import type { MaskedAddress } from '../domain/address.ts';
import type { Arg } from '../iptables/option.ts';
import type { TableRule } from '../iptables/table.ts';

/**
 * The rules of a chain that the addresses of a packet do not rule out, by their places and in their
 * order. Exact: all others do not match, whatever else they ask. So many packets can be held against
 * many rules without asking each about each.
 */
export function candidatesOf(rules: readonly TableRule[], { src, dst }: Packet): readonly number[] {
  const found = indexOf(rules).flatMap(({ srcMask, dstMask, places }) => {
    const key = keyOf(commonOf(src, srcMask), commonOf(dst, dstMask));
    return places.get(key) ?? [];
  });
  return found.sort((one, other) => one - other);
}

/** The rules that ask for networks of the same two sizes. */
interface Group {
  readonly srcMask: number;
  readonly dstMask: number;
  readonly places: Map<string, number[]>;
}

const indexOf = oncePer((rules: readonly TableRule[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  rules.forEach(({ rule }, place) => {
    const { src, dst } = rule.kind === 'rule' ? rule.builtins : {};
    const [from, to] = [networkOf(src), networkOf(dst)];
    const sizes = keyOf(from.mask, to.mask);
    const empty: Group = { srcMask: from.mask, dstMask: to.mask, places: new Map<string, number[]>() };
    const group = groups.get(sizes) ?? empty;
    const key = keyOf(from.address, to.address);
    const held = group.places.get(key) ?? [];
    held.push(place);
    group.places.set(key, held);
    groups.set(sizes, group);
  });
  return [...groups.values()];
});

/** Every address, where the rule rules out none that can be looked up. */
function networkOf(side: Arg<MaskedAddress> | undefined): {
  readonly address: number;
  readonly mask: number;
} {
  return side === undefined || side.negated || side.value.family === 'ipv6'
    ? { address: 0, mask: 0 }
    : side.value;
}

function keyOf(from: number, to: number): string {
  return `${String(from)} ${String(to)}`;
}
