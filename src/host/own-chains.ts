import type { TableRule } from '../iptables/table.ts';

/** All chains of this prefix are ours, whoever made them. */
export function isOurChain(name: string): boolean {
  return name.startsWith('SAREF-');
}

/** Of those, what no policy asks for and what is there for a while only: for programs of `exec`, and for probes. */
export function isPassing(name: string): boolean {
  return /^SAREF-(?:EXEC|PROBE)/.test(name);
}

/** What the names of our sets begin with. */
export const OUR_SETS = 'SAREF-SET-';

/** A number makes a set of that prefix ours, and so does being the spare one. */
export function isOurSet(name: string): boolean {
  return /^SAREF-SET-(?:[1-9][0-9]*|NEW)$/.test(name);
}

/** The comment of our rules in chains that others use too, but for the frame that the stock script knows. */
export const OUR_COMMENT = 'saref-mark';

/** Whether a rule is ours by its comment, or for where it leads: somebody, maybe an older version, put it there. */
export function isByUs({ rule }: TableRule): boolean {
  if (rule.kind === 'opaque') return false;
  const { target, matches } = rule;
  const isCommented = matches.some(
    (match) => match.kind === 'comment' && match.options.comment?.value === OUR_COMMENT,
  );
  return isCommented || ((target?.kind === 'jump' || target?.kind === 'goto') && isOurChain(target.chain));
}
