import { SAREF_BITS, SAREF_FLAG, UNMARKED } from '../domain/mark.ts';
import { arg, marked, RETURN, rule } from '../iptables/build.ts';
import type { Match, Rule } from '../iptables/rule.ts';

/**
 * What conntrack remembers of a flow. Masks alone are not enough: without its two questions the restore
 * would wipe the mark that an application chose on the first packet of its flow, and the inbound SAref
 * of what mast has just decapsulated; without its one the save would wipe bits of others in ctmark.
 */
const MASKS = { nfmask: arg(SAREF_BITS), ctmask: arg(SAREF_BITS) };
export const REMEMBERED: Match = { kind: 'connmark', options: { mark: arg(SAREF_FLAG) } };

export const RESTORE: Rule = rule([marked(UNMARKED), REMEMBERED], {
  kind: 'CONNMARK',
  options: { restoreMark: arg(true), ...MASKS },
});

export const SAVE: Rule = rule([marked(SAREF_FLAG)], {
  kind: 'CONNMARK',
  options: { saveMark: arg(true), ...MASKS },
});

export const LEAVE_IF_MARKED: Rule = rule([marked(SAREF_FLAG)], RETURN);
