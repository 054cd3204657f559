import { SAREF_BITS, SAREF_FLAG, UNMARKED, WHOLE_MARK } from '../domain/mark.ts';
import { arg, marked, RETURN, rule } from '../iptables/build.ts';
import type { Match, Rule, Target } from '../iptables/rule.ts';

/**
 * What conntrack remembers of a flow. Masks alone are not enough: without its two questions the restore
 * would wipe the mark that an application chose on the first packet of its flow, and the inbound SAref
 * of what mast has just decapsulated; without its one the save would wipe bits of others in ctmark.
 */
const MASKS = { nfmask: arg(SAREF_BITS), ctmask: arg(SAREF_BITS) };
export const REMEMBERED: Match = { kind: 'connmark', options: { mark: arg(SAREF_FLAG) } };

/** Over any mark that the packet has. */
export const RESTORED: Target = { kind: 'CONNMARK', options: { restoreMark: arg(true), ...MASKS } };

export const RESTORE: Rule = rule([marked(UNMARKED), REMEMBERED], RESTORED);

export const SAVE: Rule = rule([marked(SAREF_FLAG)], {
  kind: 'CONNMARK',
  options: { saveMark: arg(true), ...MASKS },
});

export const LEAVE_IF_MARKED: Rule = rule([marked(SAREF_FLAG)], RETURN);

/** What the stock script puts in place of these two with sareftrack=conntrack: all bits, no question asked. */
const ALL_BITS = { nfmask: arg(WHOLE_MARK), ctmask: arg(WHOLE_MARK) };

export const STOCK_RESTORE: Rule = rule([], {
  kind: 'CONNMARK',
  options: { restoreMark: arg(true), ...ALL_BITS },
});

export const STOCK_SAVE: Rule = rule([], {
  kind: 'CONNMARK',
  options: { saveMark: arg(true), ...ALL_BITS },
});
