import type { Span } from '../diagnostics/source.ts';
import type { Spanned } from '../policy/policy.ts';

/** One conn, or one instance of a template, and the IPsec SA that it has at the moment. */
export interface PlutoConn {
  /** The name between the quotes, as in ipsec.conf; an alias such as `site/0x1` is a name of its own. */
  readonly conn: Spanned<string>;
  /** `2` of `"rw"[2]`, `1.1` of `"rw"[1][1]`; absent for a conn that is no instance. */
  readonly instance: string | undefined;
  /** The address of an instance's peer, and its port where pluto prints one; absent while it is down. */
  readonly peer: string | undefined;
  /** The address that its packets are sent to; absent while it is down. */
  readonly gateway: Spanned<string> | undefined;
  /** The number of the state that holds the SA; absent while the conn is down. */
  readonly state: Spanned<number> | undefined;
  /** As printed: it may be out of range. Absent where there is none, and then the conn may still be up. */
  readonly refhim: Spanned<number> | undefined;
  readonly ref: Spanned<number> | undefined;
}

/** What one line of a status says. `other` is a line of pluto's that is about something else. */
export type PlutoLine =
  | { readonly kind: 'kernel interface'; readonly name: string }
  | { readonly kind: 'conn'; readonly conn: PlutoConn }
  | { readonly kind: 'state'; readonly state: PlutoState }
  | { readonly kind: 'other' };

/** The first line of a state: which of its conn's states it is. */
export interface PlutoState {
  readonly serial: number;
  readonly isNewest: boolean;
  readonly ownsEroute: boolean;
}

/** whack's code for a line that is an answer; Libreswan 5 prints none. */
const CODE = /^\s*000(?: |$)/;
const PREFIX = /^\s*(?:000(?: |$))?\s*/;

// No part of these can match what the part behind it matches: they take linear time on any text.

/** `"NAME"INST`, `#N: "NAME"INST`. Nothing escapes a quote in a name: the closing one has this behind it. */
const OPENING = /^(?:#([0-9]+): )?"/;
const CLOSING = /"(?=[[ :])((?:\[[0-9]+\])*)/;

/** `: 192.0.2.0/24===...`. The lines on a conn's settings go on with two blanks or more. */
const TOPOLOGY = /^: [^\s"]/;

/**
 * `[ PEER][ used 3s ago;] esp.SPI@peer esp.SPI@us tun.1001@peer tun.1002@us` (fmt_state in
 * programs/pluto/state.c, fmt_conn_instance in connections.c). An IPv6 SA is written `esp:SPI@addr`.
 */
const SAS =
  /^((?: (?!used |(?:esp|ah|comp|tun)[.:])[^" ]+)*)(?: used [0-9]+s ago;)? (?:esp|ah|comp|tun)[.:][^" @]+@([^" ]+)(?: (?:esp|ah|comp|tun)[.:][^" @]+@[^" ]+)*/d;

/** Right behind the SAs: what stands further on, the name of an XAUTH user, is for the peer to choose. */
const REFS = /^( +ref=)([0-9]+)( +ref(?:him|_peer)=)([0-9]+)(?!\S)/;

/** IPSEC_SAREF_NA, what stacks without SArefs print (include/openswan.h). */
const NOT_AVAILABLE = 0xffff0001;

/** pluto cuts its lines off at 1024 bytes (LOG_WIDTH); regular expressions have a limit of their own. */
const LONGEST_LINE = 0xffff;

/** @returns undefined for what pluto does not print in a status */
export function parsePlutoLine(line: Span): PlutoLine | undefined {
  if (line.end - line.start > LONGEST_LINE) return undefined;
  const text = textOf(line);
  const body = text.replace(PREFIX, '');
  const [, name] = /^using kernel interface: (\S+)/.exec(body) ?? [];
  if (name !== undefined) return { kind: 'kernel interface', name };
  return (
    parseNamed({ ...line, start: line.end - body.length }) ??
    (CODE.test(text) ? { kind: 'other' } : undefined)
  );
}

/** A line that starts with the name of a conn, or with the number of a state and that. */
function parseNamed(body: Span): PlutoLine | undefined {
  const [opening, serial] = OPENING.exec(textOf(body)) ?? [];
  if (opening === undefined) return undefined;
  const inside = from(body, opening.length);
  const closing = CLOSING.exec(textOf(inside));
  if (closing === null) return undefined;
  const named = { conn: spannedAt(inside, 0, closing.index), instance: instanceOf(closing[1]) };
  const behind = from(inside, closing.index + closing[0].length);
  if (serial === undefined) return parseConnLine(named, behind);
  const state = toNumber(spannedAt(body, 1, serial.length));
  return parseSaLine({ ...named, state }, behind) ?? parseStateLine(state.value, behind);
}

type Named = Pick<PlutoConn, 'conn' | 'instance'>;

function parseConnLine(named: Named, behind: Span): PlutoLine | undefined {
  const text = textOf(behind);
  // the topology: one end, three dots, the other end
  if (!TOPOLOGY.test(text) || !text.includes('...')) return undefined;
  const down = { peer: undefined, gateway: undefined, state: undefined, refhim: undefined, ref: undefined };
  return { kind: 'conn', conn: { ...named, ...down } };
}

/** The second line of a state with an established IPsec SA; an IKE SA has none, or one without SAs. */
function parseSaLine(named: Named & Pick<PlutoConn, 'state'>, behind: Span): PlutoLine | undefined {
  const found = SAS.exec(textOf(behind));
  if (found === null) return undefined;
  const [sas, peer] = found;
  // the outbound SA comes first
  const [start, end] = found.indices?.[2] as [number, number];
  const gateway = spannedAt(behind, start, end - start);
  const refs = refsOf(from(behind, sas.length));
  return { kind: 'conn', conn: { ...named, peer: peerOf(peer), gateway, ...refs } };
}

function refsOf(behind: Span): Pick<PlutoConn, 'ref' | 'refhim'> {
  const [, before, ref, between, refhim] = REFS.exec(textOf(behind)) ?? [];
  if (before === undefined || ref === undefined || between === undefined || refhim === undefined) {
    return { ref: undefined, refhim: undefined };
  }
  const second = before.length + ref.length + between.length;
  return {
    ref: refOf(spannedAt(behind, before.length, ref.length)),
    refhim: refOf(spannedAt(behind, second, refhim.length)),
  };
}

function refOf(text: Spanned<string>): Spanned<number> | undefined {
  const ref = toNumber(text);
  return ref.value === 0 || ref.value === NOT_AVAILABLE ? undefined : ref;
}

/** `...; newest IPSEC; eroute owner; isakmp#1; ...`; Libreswan 4 and later say `newest` of both kinds. */
function parseStateLine(serial: number, behind: Span): PlutoLine {
  const text = textOf(behind);
  const isNewest = /; newest(?: IPSEC)?(?:;|$)/.test(text);
  return { kind: 'state', state: { serial, isNewest, ownsEroute: text.includes('; eroute owner') } };
}

/** `[2]` is 2; the instance of an instance is `[1][1]`. */
function instanceOf(brackets = ''): string | undefined {
  return brackets === '' ? undefined : brackets.slice(1, -1).replaceAll('][', '.');
}

/** ` 198.51.100.7`, or for opportunistic encryption ` 192.0.2.0/28=== ...198.51.100.7===203.0.113.0/28`. */
function peerOf(words = ''): string | undefined {
  const [, peer] = / (?:\.\.\.)?([^ =]+)(?:===[^ ]*)?$/.exec(words) ?? [];
  return peer;
}

function textOf({ source, start, end }: Span): string {
  return source.text.slice(start, end);
}

function from({ source, start, end }: Span, offset: number): Span {
  return { source, start: start + offset, end };
}

function spannedAt({ source, start }: Span, offset: number, length: number): Spanned<string> {
  const span = { source, start: start + offset, end: start + offset + length };
  return { value: textOf(span), span };
}

function toNumber({ value, span }: Spanned<string>): Spanned<number> {
  return { value: Number(value), span };
}
