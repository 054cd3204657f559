import { hexOf } from '../domain/mark.ts';
import type { MarkReading, MarkReason } from '../domain/mark-reading.ts';
import { markOf, sarefBitsOf } from '../domain/saref.ts';
import type { Saref } from '../domain/saref.ts';
import { EXIT } from './exit-codes.ts';
import type { Report } from './report.ts';

/** A word of the command line and what it says. */
export interface ReadWord {
  readonly input: string;
  readonly reading: MarkReading;
}

export function markReport(words: readonly ReadWord[]): Report {
  const isOk = words.every(({ reading }) => reading.saref !== undefined);
  return {
    exitCode: isOk ? EXIT.done : EXIT.error,
    text: words.map(wordText).join(''),
    json: { ok: isOk, values: words.map(wordJson) },
    diagnostics: [],
  };
}

function wordText({ input, reading: { saref, nfmark, reasons } }: ReadWord): string {
  const carried = saref === undefined ? 'no SAref' : `SAref ${String(saref)}`;
  const word = nfmark === undefined ? '' : `, nfmark ${hexOf(nfmark)} (${String(nfmark)})`;
  const lines = [...(saref === undefined ? [] : meaningOf(saref)), ...reasons.map(reasonText)];
  return `${input}: ${carried}${word}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function meaningOf(saref: Saref): string[] {
  const { value, mask } = markOf(saref);
  return [
    `out: by the SA with refhim=${String(saref)}; on a packet from mast0: in by the SA with ref=${String(saref)}`,
    `to set it: -j MARK --set-xmark ${hexOf(value)}/${hexOf(mask)}`,
  ];
}

function wordJson({ input, reading: { saref, nfmark, mask, reasons } }: ReadWord): object {
  const hex = (value: number | undefined): string | null => (value === undefined ? null : hexOf(value));
  return {
    input,
    valid: saref !== undefined,
    saref: saref ?? null,
    nfmark: nfmark ?? null,
    nfmarkHex: hex(nfmark),
    mask: mask ?? null,
    maskHex: hex(mask),
    reasons: reasons.map((reason) => ({ ...reason, text: reasonText(reason) })),
  };
}

function reasonText(reason: MarkReason): string {
  switch (reason.kind) {
    case 'too-large':
      return `the ${reason.what} does not fit into 32 bits`;
    case 'not-shown':
      return 'this is what becomes of 0xffff0001, "no ref can be shown" in pluto: there is no SA of mast';
    case 'alias': {
      const { nfmark, saref } = reason;
      const whose = saref === 0 ? 'none' : 'another SA';
      return `a SAref is 1 to 32767; written as nfmark ${hexOf(nfmark)} it is read back as SAref ${String(saref)}, ${whose}`;
    }
    case 'no-flag':
      return `bit 31 is not set: mast never sees the packet, it leaves in clear${meantText(reason.meant)}`;
    case 'saref-zero':
      return 'SAref 0 is none: mast drops the packet; entries of a conn that is down set this nfmark';
    case 'mask-too-narrow':
      return `the mask leaves out ${hexOf(reason.missing)} of the bits that carry a SAref; ours is 0xffff0000`;
    case 'signed':
      return 'a shell of 32 bits printed it with a sign; iptables takes no negative number';
    case 'low-bits':
      return `the low 16 bits, here ${hexOf(reason.bits)}, belong to others; mast does not look at them`;
    case 'mask-too-wide':
      return `the mask takes in ${hexOf(reason.extra)} of the bits of others; ours is 0xffff0000`;
    case 'mask-ours':
      return 'the mask is ours: bit 31 and the SAref, not the low 16 bits of others';
    case 'outside-mask':
      return `${hexOf(reason.bits)} lies outside of the mask: --mark never matches, --set-xmark flips those bits`;
    default:
      return reason satisfies never;
  }
}

function meantText(meant: number | undefined): string {
  if (meant === undefined) return '';
  return `; with it: ${hexOf(meant)}, SAref ${String(sarefBitsOf(meant))}`;
}
