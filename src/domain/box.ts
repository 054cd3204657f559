/**
 * Boxes: products of ranges of numbers, all of the same dimensions. What a selector says about a packet
 * is a few boxes, and "is there a packet left?" a question about what other boxes leave of one.
 */

/** Whole numbers first to last, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

export type Box = readonly Range[];

/** All ways to take one range of each list. */
export function productOf(lists: readonly (readonly Range[])[]): Box[] {
  // most often there is one way
  if (lists.every(({ length }) => length === 1)) return [lists.map(([range]) => range as Range)];
  return lists.reduce<Box[]>(
    (boxes, ranges) => boxes.flatMap((box) => ranges.map((range) => [...box, range])),
    [[]],
  );
}

/** Undefined where they have no point in common. */
export function intersectionOf(one: Box, other: Box): Box | undefined {
  const common = one.map(({ first, last }, dimension): Range => {
    const { first: from, last: to } = other[dimension] as Range;
    return { first: Math.max(first, from), last: Math.min(last, to) };
  });
  return common.every(({ first, last }) => first <= last) ? common : undefined;
}

export function intersects(one: Box, other: Box): boolean {
  // asked most often of all: a search in many boxes goes by hulls of them
  for (let dimension = 0; dimension < one.length; dimension += 1) {
    const [range, beside] = [one[dimension] as Range, other[dimension] as Range];
    if (range.first > beside.last || beside.first > range.last) return false;
  }
  return true;
}

/**
 * What is left of the box where the others are taken away, in boxes that do not overlap; lazily, for
 * who asks whether there is anything. Exact. The order of the others decides what it costs: each one
 * that cuts a corner off makes up to two pieces for each dimension, so the largest should come first.
 */
export function* remainderOf(box: Box, taken: readonly Box[]): Generator<Box, void> {
  const rest = [{ piece: box, from: 0 }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { piece, from } = next;
    let at = from;
    while (at < taken.length && !intersects(piece, taken[at] as Box)) at += 1;
    const other = taken[at];
    if (other === undefined) yield piece;
    else rest.push(...piecesOutside(piece, other).map((outside) => ({ piece: outside, from: at + 1 })));
  }
}

/** Slice by slice: below and above the other in one dimension, then what is beside it in the next. */
function piecesOutside(box: Box, other: Box): Box[] {
  const pieces: Box[] = [];
  let middle = box;
  other.forEach(({ first: from, last: to }, dimension) => {
    const { first, last } = middle[dimension] as Range;
    const slice = (range: Range): Box => middle.with(dimension, range);
    if (to < last) pieces.push(slice({ first: to + 1, last }));
    if (first < from) pieces.push(slice({ first, last: from - 1 }));
    middle = slice({ first: Math.max(first, from), last: Math.min(last, to) });
  });
  return pieces;
}

/** How much of the space it takes: to sort by, the largest first. */
export function sizeOf(box: Box): number {
  return box.reduce((size, { first, last }) => size * (last - first + 1), 1);
}
