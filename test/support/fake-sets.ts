/** A set as the kernel holds it: what `create` said, and its elements as they were added. */
interface FakeSet {
  readonly kind: string;
  readonly room: number;
  readonly elements: Map<string, string>;
}

/** By their names. */
export type FakeSets = Map<string, FakeSet>;

/** What ipset says where it refuses a line. */
export class RefusedLine extends Error {}

/** As `ipset save` prints one of them, with what the kernel makes up. */
export function printSet(name: string, { kind, room, elements }: FakeSet): string {
  const added = [...elements].map(([entry, rest]) => `add ${name} ${entry}${rest}\n`).reverse();
  return `create ${name} ${kind} hashsize 1024 maxelem ${String(room)} bucketsize 12 initval 0x1\n${added.join('')}`;
}

/**
 * `ipset restore`: each line is done before the next one is read.
 *
 * @param isUsed whether a rule asks a set of this name
 */
export function restoreSets(sets: FakeSets, script: string, isUsed: (name: string) => boolean): void {
  script.split('\n').forEach((line, index) => {
    if (line !== '') runLine(sets, line, { isUsed, number: index + 1 });
  });
}

interface Running {
  readonly isUsed: (name: string) => boolean;
  readonly number: number;
}

function runLine(sets: FakeSets, line: string, { isUsed, number }: Running): void {
  const refuse = (why: string): never => {
    throw new RefusedLine(`ipset v7.17: Error in line ${String(number)}: ${why}\n`);
  };
  const isForced = line.includes(' -exist ');
  const [verb = '', name = '', first = '', ...rest] = line.replace(' -exist ', ' ').split(' ');
  if (verb === 'create') {
    if (sets.has(name)) refuse('Set cannot be created: set with the same name already exists');
    const words = [first, ...rest].join(' ');
    const [maxelem, room = '65536'] = / maxelem ([0-9]+)/.exec(words) ?? [''];
    sets.set(name, { kind: words.replace(maxelem, ''), room: Number(room), elements: new Map() });
    return;
  }
  const set = sets.get(name) ?? refuse('The set with the given name does not exist');
  const { elements } = set;
  switch (verb) {
    case 'add':
      if (elements.has(first) && !isForced) refuse("Element cannot be added to the set: it's already added");
      if (!elements.has(first) && elements.size >= set.room) refuse('Hash is full, cannot add more elements');
      elements.set(first, rest.map((word) => ` ${word}`).join(''));
      break;
    case 'del':
      if (!elements.delete(first) && !isForced)
        refuse("Element cannot be deleted from the set: it's not added");
      break;
    case 'swap': {
      const other = sets.get(first) ?? refuse('Sets cannot be swapped: the second set does not exist');
      if (other.kind.split(' ')[0] !== set.kind.split(' ')[0])
        refuse('Sets cannot be swapped: their types differ');
      sets.set(name, other).set(first, set);
      break;
    }
    case 'destroy':
      if (isUsed(name)) refuse('Set cannot be destroyed: it is in use by a kernel component');
      sets.delete(name);
      break;
    default:
      refuse(`Unknown command ${verb}`);
  }
}
