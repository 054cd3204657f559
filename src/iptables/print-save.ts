import { printRule } from './print-rule.ts';
import type { Counters, Save, SaveLine } from './save.ts';

/** Byte for byte what was read. */
export function printSave(save: Save): string {
  return save.lines.map((line) => `${lineText(line)}${line.ending}`).join('');
}

function lineText(line: SaveLine): string {
  switch (line.kind) {
    case 'comment':
    case 'unread':
      return line.text;
    case 'blank':
      return '';
    case 'commit':
      return 'COMMIT';
    case 'table':
      return `*${line.name}`;
    case 'chain':
      return [`:${line.chain}`, line.policy, ...counterWords(line.counters)].join(' ');
    case 'rule': {
      const rule = printRule(line.rule);
      return [...counterWords(line.counters), '-A', line.chain, ...(rule === '' ? [] : [rule])].join(' ');
    }
    /* c8 ignore next 2 */
    default:
      return line satisfies never;
  }
}

function counterWords(counters: Counters | undefined): string[] {
  return counters === undefined ? [] : [`[${counters.packets}:${counters.bytes}]`];
}
