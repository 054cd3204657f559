import type { IpSet, IpSets, SetElement } from '../host/ip-set.ts';
import { parseElement, parseSets } from '../host/ip-set-text.ts';
import type { Step } from './step.ts';

const LINE = /^(\S+)(?: -exist)? (\S+)(?: (\S+)([^]*))?$/;

/** The sets that a script for `ipset restore` leaves behind. */
export function afterSetScript(sets: IpSets, step: Extract<Step, { readonly tool: 'ipset' }>): IpSets {
  const after = new Map(sets);
  const opened = new Set<string>();
  /** A large set is not to be copied for each of its elements. */
  const elementsOf = (name: string): Map<string, SetElement> => {
    const set = after.get(name) as IpSet;
    if (!opened.has(name)) after.set(name, { ...set, elements: new Map(set.elements) });
    opened.add(name);
    return (after.get(name) as IpSet).elements as Map<string, SetElement>;
  };
  step.script.split('\n').forEach((line, index) => {
    const [, verb = '', name = '', other = '', rest = ''] = LINE.exec(line) ?? [];
    switch (verb) {
      case 'create':
        for (const created of parseSets(line) as IpSets) after.set(...created);
        break;
      case 'add': {
        const element = parseElement(other, rest, step.origins[index]);
        elementsOf(name).set(element.entry, element);
        break;
      }
      case 'del':
        elementsOf(name).delete(other);
        break;
      case 'swap': {
        const [one, second] = [after.get(name), after.get(other)] as [IpSet, IpSet];
        after.set(name, second).set(other, one);
        for (const swapped of [name, other]) opened.delete(swapped);
        break;
      }
      case 'destroy':
        after.delete(name);
    }
  });
  return after;
}
