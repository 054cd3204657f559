import type { AnyRule } from '../../src/iptables/rule.ts';

/** How well a rule was read: plain is what the printer of today would print of the model alone. */
export type Reading = 'plain' | 'spelled' | 'opaque extension' | 'opaque rule';

export function readingOf(rule: AnyRule): Reading {
  if (rule.kind === 'opaque') return 'opaque rule';
  if (rule.spelling !== undefined) return 'spelled';
  const isOpaque = [...rule.matches, rule.target].some((part) => part?.kind === 'opaque');
  return isOpaque ? 'opaque extension' : 'plain';
}

/** `12 plain, 3 spelled, ...`. */
export function countReadings(rules: readonly AnyRule[]): ReadonlyMap<Reading, number> {
  const counts = new Map<Reading, number>();
  for (const reading of rules.map(readingOf)) counts.set(reading, (counts.get(reading) ?? 0) + 1);
  return counts;
}

export function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${String(count)} ${name}`).join(', ');
}

/** A figure in the report of the tests. */
export function remark(text: string): void {
  process.stdout.write(`        ${text}\n`);
}
