import type { IpSet, SetElement } from '../host/ip-set.ts';
import { isSameElement, isSameKind, isSameSet } from '../host/ip-set.ts';
import { createText, elementText, inOrder } from '../host/ip-set-text.ts';
import { isOurSet } from '../host/own-chains.ts';
import type { Span } from '../diagnostics/source.ts';
import { lastAddressOf, toCidr } from '../domain/cidr.ts';
import type { Change, Phases } from './change.ts';
import type { Step } from './step.ts';

/** Filled in the place of a set that is in use, which then changes at once. */
const SPARE = 'SAREF-SET-NEW';

/**
 * Sets are there before the rules that ask them, and go after them. None is ever emptied under its rule:
 * a packet finds the old elements or the new ones.
 */
export function setSteps({ live, target }: Change): Phases {
  const stale = [...live.sets.keys()].filter((name) => isOurSet(name) && !target.sets.has(name));
  const made = [...target.sets].map(([name, set]) => stepsFor(name, live.sets.get(name), set));
  const isSpareInTheWay = stale.includes(SPARE) && made.some((steps) => steps.some(usesSpare));
  return {
    before: [...(isSpareInTheWay ? [destroyed([SPARE])] : []), ...made.flat()],
    after: [stale.filter((name) => name !== SPARE || !isSpareInTheWay)]
      .filter((names) => names.length > 0)
      .map(destroyed),
  };
}

function usesSpare(step: Step): boolean {
  return step.tool === 'ipset' && step.script.startsWith(`create ${SPARE} `);
}

interface Line {
  readonly text: string;
  readonly origin?: Span | undefined;
}

function stepOf(lines: readonly Line[]): Step {
  return {
    tool: 'ipset',
    script: lines.map(({ text }) => `${text}\n`).join(''),
    origins: lines.map(({ origin }) => origin),
  };
}

function destroyed(names: readonly string[]): Step {
  return stepOf(names.map((name) => ({ text: `destroy ${name}` })));
}

function stepsFor(name: string, live: IpSet | undefined, target: IpSet): Step[] {
  if (live === undefined) return [stepOf(filled(name, target))];
  if (isSameSet(live, target)) return [];
  const edits = editsOf(live, target);
  if (isSafeOneByOne(live, target, edits)) return [stepOf(edits.map((edit) => editLine(name, edit)))];
  const exchange = [{ text: `swap ${SPARE} ${name}` }, { text: `destroy ${SPARE}` }];
  return [stepOf(filled(SPARE, target)), stepOf(exchange)];
}

function filled(name: string, set: IpSet): Line[] {
  return [
    { text: createText(name, set) },
    ...inOrder(set.elements.values()).map((element) => addLine('add', name, element)),
  ];
}

function addLine(command: string, name: string, element: SetElement): Line {
  return { text: `${command} ${name} ${elementText(element)}`, origin: element.origin };
}

/** An element that comes or is another one by now, or one that goes. */
interface Edit {
  readonly old: SetElement | undefined;
  readonly wanted: SetElement | undefined;
}

function editsOf(live: IpSet, target: IpSet): Edit[] {
  const gone = [...live.elements.values()].filter(({ entry }) => !target.elements.has(entry));
  const wanted = [...target.elements.values()].filter(
    (element) => !isSameElement(element, live.elements.get(element.entry)),
  );
  return [
    ...inOrder(gone).map((old) => ({ old, wanted: undefined })),
    ...inOrder(wanted).map((element) => ({ old: live.elements.get(element.entry), wanted: element })),
  ];
}

function editLine(name: string, { old, wanted }: Edit): Line {
  if (wanted !== undefined) return addLine('add -exist', name, wanted);
  return { text: `del -exist ${name} ${(old as SetElement).entry}` };
}

/**
 * Each packet is to find what it finds before, or what it finds at the end. So no two elements that
 * change may hold the same address, nor may there be more of them than a second set has.
 */
function isSafeOneByOne(live: IpSet, target: IpSet, edits: readonly Edit[]): boolean {
  const isOrdinary = edits.every(({ old, wanted }) => !(old?.isExcluded ?? wanted?.isExcluded));
  return (
    isOrdinary &&
    isSameKind(live, target) &&
    (live.room ?? 0) >= target.elements.size + edits.length &&
    edits.length < target.elements.size &&
    areApart(edits.map(({ old, wanted }) => ((old ?? wanted) as SetElement).entry))
  );
}

function areApart(entries: readonly string[]): boolean {
  const readings = entries.map((entry) => toCidr(entry));
  const networks = readings.flatMap((reading) => (reading.kind === 'cidr' ? [reading.cidr] : []));
  const sorted = networks.sort((one, other) => one.address - other.address);
  const isBehind = (at: number): boolean => {
    const [before, network] = [sorted[at - 1], sorted[at]];
    return before === undefined || network === undefined || lastAddressOf(before) < network.address;
  };
  return networks.length === entries.length && sorted.every((_, at) => isBehind(at));
}
