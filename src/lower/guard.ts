import { UNMARKED } from '../domain/mark.ts';
import type { Rule } from '../iptables/rule.ts';

/** Whether a rule is for packets alone that have no decision yet: all of ours, and the stock script's of Openswan 2.6.29 and later. */
export function isGuarded({ matches }: Rule): boolean {
  return matches.some((match) => {
    const mark = match.kind === 'mark' ? match.options.mark : undefined;
    return (
      mark?.negated === false && mark.value.value === UNMARKED.value && mark.value.mask === UNMARKED.mask
    );
  });
}
