import { addressText } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { hexOf, isMarked, SAREF_BITS, SAREF_FLAG } from '../domain/mark.ts';
import { markOf } from './changed.ts';
import type { Flow } from './flow.ts';

/** Each is a process that goes through conntrack's whole table: 30 ms where that has 10,000 entries. */
export const MOST_FILTERS = 200;

/**
 * Filters of `conntrack -D` for flows, as long as these carry the mark that they were found with. All of
 * a mark at once where it is nobody's any more. Where there are too many filters, fewer wider ones:
 * then other flows are decided again, too, to the same end.
 *
 * @param taken marks of flows that are to stay; `isExact`: the others would not be decided to the same end
 */
export function deletionsOf(
  again: readonly Flow[],
  { taken, isExact }: { readonly taken: ReadonlySet<number>; readonly isExact: boolean },
): string[][] {
  const wholeMarks = [...new Set(again.map(markOf))].map((value) => filterOf({ value, mask: SAREF_BITS }));
  const single = again.map((flow) => {
    const mark = { value: markOf(flow), mask: isMarked(flow.ctmark) ? SAREF_BITS : 0 };
    const isWhole = isMarked(flow.ctmark) && flow.zone === undefined && !taken.has(mark.value);
    return isWhole ? filterOf(mark) : filterOf(mark, flow);
  });
  const different = [...new Map(single.map((filter) => [filter.join(' '), filter])).values()];
  if (isExact) return different;
  const ways = [different, wholeMarks];
  return ways.find(({ length }) => length <= MOST_FILTERS) ?? [filterOf(SAREF_FLAG)];
}

function filterOf({ value, mask }: Mark, flow?: Flow): string[] {
  const ofMark = mask === 0 ? [] : ['-m', `${hexOf(value)}/${hexOf(mask)}`];
  const ofZone = flow?.zone === undefined ? [] : ['--orig-zone', String(flow.zone)];
  return ['-f', 'ipv4', ...(flow === undefined ? [] : tupleOf(flow)), ...ofZone, ...ofMark];
}

function tupleOf({ original: { protocol, src, dst, sport, dport } }: Flow): string[] {
  const ends = ['-p', String(protocol), '-s', addressText(src), '-d', addressText(dst)];
  return sport === undefined ? ends : [...ends, '--sport', String(sport), '--dport', String(dport)];
}
