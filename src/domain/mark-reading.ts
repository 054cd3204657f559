import type { Mark } from './mark.ts';
import { commonOf, complementOf, isMarked, SAREF_BITS, WHOLE_MARK, wordOf } from './mark.ts';
import type { Saref } from './saref.ts';
import { LAST_SAREF, markOf, sarefBitsOf, toSaref } from './saref.ts';

/** What somebody wrote or some tool printed, read as a SAref or as an nfmark. */
export interface MarkReading {
  /** The SAref that is meant or carried; undefined where one of the reasons rules that out. */
  readonly saref: Saref | undefined;
  /** Of 32 bits and without a sign; undefined where the text stands for none. */
  readonly nfmark: number | undefined;
  /** Ours behind a SAref, else the one that was written; undefined where none was. */
  readonly mask: number | undefined;
  readonly reasons: readonly MarkReason[];
}

/** Why there is no SAref, or what there is to say beside it. */
export type MarkReason =
  | { readonly kind: 'too-large'; readonly what: 'value' | 'mask' }
  /** pluto's word for "no ref can be shown", IPSEC_SAREF_NA in Openswan's include/openswan.h. */
  | { readonly kind: 'not-shown' }
  /** A decimal of 16 bits: no SAref, and what `refhim | 0x8000` would make of it is another's. */
  | { readonly kind: 'alias'; readonly nfmark: number; readonly saref: number }
  /** `meant`: the nfmark with bit 31, where the other bits carry a SAref. */
  | { readonly kind: 'no-flag'; readonly meant: number | undefined }
  | { readonly kind: 'saref-zero' }
  | { readonly kind: 'mask-too-narrow'; readonly missing: number }
  | { readonly kind: 'signed' }
  | { readonly kind: 'low-bits'; readonly bits: number }
  | { readonly kind: 'mask-too-wide'; readonly extra: number }
  | { readonly kind: 'mask-ours' }
  | { readonly kind: 'outside-mask'; readonly bits: number };

const RULING_OUT: readonly MarkReason['kind'][] = [
  'too-large',
  'not-shown',
  'alias',
  'no-flag',
  'saref-zero',
  'mask-too-narrow',
];

/** Whether the reason is why there is no SAref. */
function rulesOutSaref({ kind }: MarkReason): boolean {
  return RULING_OUT.includes(kind);
}

/** A leading zero is octal to iptables and decimal to others: no number here. */
const NUMBER = /^(?:0|-?[1-9][0-9]*|0x[0-9a-f]+)$/i;

/** What pluto prints where an SA has no ref that it could show. */
const NOT_SHOWN = 0xffff0001;

/** The same after the stock updown script has made an nfmark of it. */
const NOT_SHOWN_BY_SCRIPT = 0xffff80010000;

/** `VALUE` or `VALUE/MASK`, hexadecimal or decimal; undefined for what is no number. */
export function toMarkReading(text: string): MarkReading | undefined {
  const [valueText = '', maskText, ...rest] = text.split('/');
  const isMask = maskText === undefined || (NUMBER.test(maskText) && !maskText.startsWith('-'));
  if (!NUMBER.test(valueText) || !isMask || rest.length > 0) return undefined;
  const value = Number(valueText);
  if (maskText !== undefined) return readMark(value, Number(maskText));
  return /^[0-9]+$/.test(valueText) ? readDecimal(value) : readMark(value);
}

/** A plain decimal is a SAref if it can be one, else an nfmark as conntrack prints it. */
function readDecimal(value: number): MarkReading {
  const saref = toSaref(value);
  if (saref !== undefined) {
    const { value: nfmark, mask } = markOf(saref);
    return { saref, nfmark, mask, reasons: [] };
  }
  return value > LAST_SAREF && value <= 0xffff ? nothing([aliasOf(value)]) : readMark(value);
}

function aliasOf(value: number): MarkReason {
  const nfmark = value * 0x10000;
  return { kind: 'alias', nfmark, saref: sarefBitsOf(nfmark) };
}

function readMark(value: number, mask?: number): MarkReading {
  if (value === NOT_SHOWN_BY_SCRIPT) return nothing([{ kind: 'not-shown' }]);
  // 32-bit shells print the upper half of all nfmarks with a sign
  if (value > WHOLE_MARK || value < -0x80000000) return nothing([{ kind: 'too-large', what: 'value' }]);
  if (mask !== undefined && mask > WHOLE_MARK) return nothing([{ kind: 'too-large', what: 'mask' }]);
  const nfmark = wordOf(value);
  const reasons = [
    ...(value < 0 ? [{ kind: 'signed' } as const] : []),
    ...valueReasons(nfmark),
    ...(mask === undefined ? [] : maskReasons({ value: nfmark, mask })),
  ];
  const saref = reasons.some(rulesOutSaref) ? undefined : toSaref(sarefBitsOf(nfmark));
  return { saref, nfmark, mask, reasons };
}

function nothing(reasons: readonly MarkReason[]): MarkReading {
  return { saref: undefined, nfmark: undefined, mask: undefined, reasons };
}

function valueReasons(nfmark: number): MarkReason[] {
  if (nfmark === NOT_SHOWN) return [{ kind: 'not-shown' }];
  const bits = othersBitsOf(nfmark);
  return [...flagReasons(nfmark), ...(bits === 0 ? [] : [{ kind: 'low-bits', bits } as const])];
}

function flagReasons(nfmark: number): MarkReason[] {
  const carried = toSaref(sarefBitsOf(nfmark));
  if (!isMarked(nfmark)) return [{ kind: 'no-flag', meant: carried && markOf(carried).value }];
  return carried === undefined ? [{ kind: 'saref-zero' }] : [];
}

function maskReasons({ value, mask }: Mark): MarkReason[] {
  const [missing, extra] = [commonOf(SAREF_BITS, complementOf(mask)), othersBitsOf(mask)];
  const bits = commonOf(value, complementOf(mask));
  return [
    ...(missing === 0 ? [] : [{ kind: 'mask-too-narrow', missing } as const]),
    ...(extra === 0 ? [] : [{ kind: 'mask-too-wide', extra } as const]),
    ...(mask === SAREF_BITS ? [{ kind: 'mask-ours' } as const] : []),
    ...(bits === 0 ? [] : [{ kind: 'outside-mask', bits } as const]),
  ];
}

/** The low 16 bits, which are not ours. */
function othersBitsOf(bits: number): number {
  return commonOf(bits, complementOf(SAREF_BITS));
}
