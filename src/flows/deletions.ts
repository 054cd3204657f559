import { addressText } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { hexOf, SAREF_BITS, SAREF_FLAG } from '../domain/mark.ts';
import { markOf } from './changed.ts';
import type { Flow } from './flow.ts';

/** Each is a process that goes through conntrack's whole table: 30 ms where that has 10,000 entries. */
const MOST_FILTERS = 200;

/**
 * Filters of `conntrack -D` for flows, as long as these carry the mark that they were found with. All of
 * a mark at once where it is nobody's any more. Where there are too many filters, fewer wider ones:
 * then other flows are decided again, too, to the same end.
 *
 * @param taken marks of flows that are to stay
 */
export function deletionsOf(again: readonly Flow[], taken: ReadonlySet<number>): string[][] {
  const wholeMarks = [...new Set(again.map(markOf))].map((value) => filterOf({ value, mask: SAREF_BITS }));
  const single = again.map((flow) => {
    const mark = { value: markOf(flow), mask: SAREF_BITS };
    return taken.has(mark.value) ? filterOf(mark, flow) : filterOf(mark);
  });
  const different = [...new Map(single.map((filter) => [filter.join(' '), filter])).values()];
  const ways = [different, wholeMarks];
  return ways.find(({ length }) => length <= MOST_FILTERS) ?? [filterOf(SAREF_FLAG)];
}

function filterOf({ value, mask }: Mark, flow?: Flow): string[] {
  return ['-f', 'ipv4', ...(flow === undefined ? [] : tupleOf(flow)), '-m', `${hexOf(value)}/${hexOf(mask)}`];
}

function tupleOf({ original: { protocol, src, dst, sport, dport } }: Flow): string[] {
  const ends = ['-p', String(protocol), '-s', addressText(src), '-d', addressText(dst)];
  return sport === undefined ? ends : [...ends, '--sport', String(sport), '--dport', String(dport)];
}
