/** A tree of boxes: of those that lie close together the hull is looked at first. */
import type { Box, Range } from './box.ts';

/** A box, and where what it is of stands in a list. */
export interface PlacedBox {
  readonly box: Box;
  readonly place: number;
}

export type BoxTree = Branch | Leaf;

interface Branch {
  readonly kind: 'branch';
  readonly hull: Box;
  /** The lowest place in it. */
  readonly first: number;
  readonly parts: readonly BoxTree[];
}

interface Leaf {
  readonly kind: 'leaf';
  readonly hull: Box;
  readonly first: number;
}

/** To share out so few takes longer than to look at each. */
const FEW = 8;

/** Undefined without boxes. All of them have the same dimensions. */
export function boxTree(boxes: readonly PlacedBox[]): BoxTree | undefined {
  const [one] = boxes;
  if (one === undefined) return undefined;
  if (boxes.length === 1) return leafOf(one);
  const hull = hullOf(boxes);
  const parts =
    boxes.length <= FEW ? boxes.map(leafOf) : bestSplit(boxes, hull).map((half) => boxTree(half) as BoxTree);
  return { kind: 'branch', hull, first: Math.min(...parts.map(({ first }) => first)), parts };
}

function leafOf({ box, place }: PlacedBox): Leaf {
  return { kind: 'leaf', hull: box, first: place };
}

function hullOf(boxes: readonly PlacedBox[]): Box {
  const [{ box: one }] = boxes as readonly [PlacedBox, ...PlacedBox[]];
  return one.map((_, axis) => hullOn(boxes, axis));
}

function hullOn(boxes: readonly PlacedBox[], axis: number): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const { box } of boxes) {
    const { first, last } = box[axis] as Range;
    if (first < low) low = first;
    if (last > high) high = last;
  }
  return { first: low, last: high };
}

type Halves = readonly [readonly PlacedBox[], readonly PlacedBox[]];

/** Along the axis on which the hulls of the halves are the smallest; by their number where all boxes lie in one place. */
function bestSplit(boxes: readonly PlacedBox[], hull: Box): Halves {
  let best: { readonly halves: Halves; readonly cost: number } | undefined;
  hull.forEach((range, axis) => {
    const halves = splitOn(boxes, axis);
    if (halves.some(({ length }) => length === 0)) return;
    const cost =
      halves.reduce((sum, half) => sum + half.length * sizeOf(hullOn(half, axis)), 0) / sizeOf(range);
    if (best === undefined || cost < best.cost) best = { halves, cost };
  });
  const middle = Math.floor(boxes.length / 2);
  return best?.halves ?? [boxes.slice(0, middle), boxes.slice(middle)];
}

function splitOn(boxes: readonly PlacedBox[], axis: number): Halves {
  let sum = 0;
  for (const { box } of boxes) sum += middleOf(box[axis] as Range);
  const mean = sum / boxes.length;
  const [low, high]: [PlacedBox[], PlacedBox[]] = [[], []];
  for (const placed of boxes) (middleOf(placed.box[axis] as Range) < mean ? low : high).push(placed);
  return [low, high];
}

function middleOf({ first, last }: Range): number {
  return (first + last) / 2;
}

function sizeOf({ first, last }: Range): number {
  return last - first + 1;
}

/** In their order, each once, lazily: a part of the tree is looked into when its lowest place is the next. */
export function* placesMeeting(
  tree: BoxTree | undefined,
  meets: (box: Box) => boolean,
): Generator<number, void> {
  const waiting: BoxTree[] = [];
  const offer = (part: BoxTree): void => {
    if (meets(part.hull)) push(waiting, part);
  };
  if (tree !== undefined) offer(tree);
  let latest: number | undefined;
  for (let next = pop(waiting); next !== undefined; next = pop(waiting)) {
    if (next.kind === 'branch') next.parts.forEach(offer);
    else if (next.first !== latest) yield (latest = next.first);
  }
}

/** A binary heap: each item is in front of the two at twice its place, counted from 1. */
function push(heap: BoxTree[], item: BoxTree): void {
  let at = heap.length;
  while (at > 0) {
    const above = Math.floor((at - 1) / 2);
    const parent = heap[above] as BoxTree;
    if (parent.first <= item.first) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = item;
}

function pop(heap: BoxTree[]): BoxTree | undefined {
  const [top] = heap;
  const item = heap.pop();
  if (item === undefined || heap.length === 0) return top;
  let at = 0;
  for (let below = 1; below < heap.length; below = 2 * at + 1) {
    const [left, right] = [heap[below] as BoxTree, heap[below + 1]];
    const isRight = right !== undefined && right.first < left.first;
    const child = isRight ? right : left;
    if (item.first <= child.first) break;
    heap[at] = child;
    at = isRight ? below + 1 : below;
  }
  heap[at] = item;
  return top;
}
