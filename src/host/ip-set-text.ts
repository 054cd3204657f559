import type { Span } from '../diagnostics/source.ts';
import { toAddress } from '../domain/cidr.ts';
import { oncePer } from '../domain/once.ts';
import { markToMatch } from '../iptables/codecs/number.ts';
import type { IpSet, IpSets, SetElement } from './ip-set.ts';

const LINE = /^(create|add) (\S+) (\S+)(.*)$/;

/** How a set is laid out in memory, and a seed that is another one each time. */
const LAYOUT = new Set(['hashsize', 'bucketsize', 'initval']);

/**
 * The text of `ipset save`; undefined where there is more in it than sets. Their order means nothing, nor
 * does that of their elements. (Its option -sorted takes a minute for 32,767 elements, ipset 7.17.)
 */
export function parseSets(text: string): IpSets | undefined {
  const sets = new Map<string, IpSet & { readonly elements: Map<string, SetElement> }>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, verb, name = '', first = '', rest = ''] = LINE.exec(line) ?? [];
    if (verb === 'create') {
      sets.set(name, { type: first, ...createdWith(rest), elements: new Map() });
      continue;
    }
    const set = sets.get(name);
    if (set === undefined) return undefined;
    const element = parseElement(first, rest);
    set.elements.set(element.entry, element);
  }
  return sets;
}

/** Options have a value or none; those without are known, for all that come have one. */
const FLAGS = new Set(['comment', 'counters', 'forceadd', 'skbinfo']);

function createdWith(text: string): Pick<IpSet, 'options' | 'room'> {
  const words = text.split(' ').filter((word) => word !== '');
  const options: string[] = [];
  let room: number | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const name = words[at] as string;
    if (FLAGS.has(name)) {
      options.push(name);
      continue;
    }
    at += 1;
    const value = words[at] ?? '';
    if (name === 'maxelem') room = Number(value);
    else if (!LAYOUT.has(name)) options.push(`${name} ${value}`);
  }
  return { options: options.sort().join(' '), room };
}

const COMMENT = / comment "([^"]*)"/;
const SKBMARK = / skbmark (\S+)/;
const NOMATCH = / nomatch(?= |$)/;

/** Of `add NAME ENTRY`, the entry and what stands behind it. */
export function parseElement(entry: string, rest: string, origin?: Span): SetElement {
  const comment = COMMENT.exec(rest);
  const bare = comment === null ? rest : rest.replace(COMMENT, '');
  const mark = SKBMARK.exec(bare);
  return {
    entry: entry.replace(/\/32$/, ''),
    mark: mark === null ? undefined : markToMatch.read(mark[1] as string, ''),
    isExcluded: NOMATCH.test(bare),
    comment: comment?.[1],
    others: bare.replace(SKBMARK, '').replace(NOMATCH, '').trim(),
    origin,
  };
}

/** As `ipset restore` takes it. */
export function createText(name: string, { type, options, room }: IpSet): string {
  return ['create', name, type, options, room === undefined ? '' : `maxelem ${String(room)}`]
    .filter((word) => word !== '')
    .join(' ');
}

/** The entry and what stands behind it, as `ipset restore` takes it. */
export function elementText({ entry, mark, isExcluded, comment, others }: SetElement): string {
  const excluded = isExcluded ? ' nomatch' : '';
  const said = comment === undefined ? '' : ` comment "${comment}"`;
  // like ipset it leaves out the mask of a whole mark
  const marking = mark === undefined ? '' : ` skbmark ${markToMatch.print(mark)}`;
  return `${entry}${excluded}${said}${marking}${others === '' ? '' : ` ${others}`}`;
}

/**
 * For people, and to compare two hosts: in the order of names and addresses. Most steps leave the sets alone,
 * and each state on the way is printed.
 */
export const printSets = oncePer((sets: IpSets): readonly string[] =>
  [...sets]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, set]) => [
      createText(name, set),
      ...inOrder(set.elements.values()).map((element) => `add ${name} ${elementText(element)}`),
    ]),
);

/** By address, the wider network first. */
export function inOrder(elements: Iterable<SetElement>): SetElement[] {
  const keyed = [...elements].map((element) => ({ element, key: placeOf(element.entry) }));
  return keyed.sort((one, other) => one.key - other.key).map(({ element }) => element);
}

function placeOf(entry: string): number {
  const slash = entry.indexOf('/');
  if (slash === -1) return (toAddress(entry) ?? 0) * 64 + 32;
  return (toAddress(entry.slice(0, slash)) ?? 0) * 64 + Number(entry.slice(slash + 1));
}
