import { isSameRule } from '../host/same-rule.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { Span } from '../diagnostics/source.ts';
import { addressText } from '../domain/cidr.ts';
import { decoded } from '../domain/decoded.ts';
import { hexOf } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { besideWords, packetText } from '../domain/packet.ts';
import { remembered } from '../domain/saref.ts';
import type { Compiled } from '../pipeline.ts';
import type { Decided } from '../plan/decide.ts';
import type { PlannedEntry } from '../plan/plan.ts';
import type { Trace } from '../trace/trace.ts';
import type { Visit } from '../trace/walk.ts';
import { egressText } from '../verify/compare-trace.ts';
import { markText } from '../verify/judge.ts';
import { EXIT } from './exit-codes.ts';
import { flowJson, flowLines } from './flow-text.ts';
import type { Report } from './report.ts';

interface Traced {
  /** The file whose rules were followed. */
  readonly rulesOf: string;
  readonly packet: Packet;
  readonly way: Trace;
  /** What the policy says. */
  readonly decided: Decided;
  readonly compiled: Compiled;
}

export function traceReport({
  rulesOf,
  packet,
  way,
  decided,
  compiled,
}: Traced): Omit<Report, 'diagnostics'> {
  const isRemembered = remembered(way.ctmark).value === remembered(decided.ctmark).value;
  const isRight = way.nfmark === decided.nfmark && way.dst === decided.dst && isRemembered;
  const followed = { plan: compiled.plan, packet, way };
  const steps = way.path.map((visit) => ({ visit, origin: visit.origin ?? originOf(visit, compiled) }));
  const lines = [
    `${headText(packet)}, by the rules of ${rulesOf}`,
    '',
    ...steps.flatMap(({ visit, origin }) => [visitText(visit, origin), ...mapText(visit, way)]),
    '',
    `nfmark ${markText(way.nfmark)}, ctmark ${hexOf(way.ctmark)}`,
    `${egressText(way.egress)}${way.routedBy === undefined ? '' : `, by ip rule ${way.routedBy.replace('\t', ' ')}`}`,
    ...flowLines(followed),
    ...way.doubts.map((rule) => `not sure: whether this matches cannot be said here: ${decoded(rule)}`),
    `${isRight ? 'decided by' : 'the policy says'} ${decisionText(decided, packet, isRight)}`,
    ...(isRemembered ? [] : [`the policy says that its flow remembers ${markText(decided.ctmark)}`]),
  ];
  return {
    exitCode: isRight ? EXIT.done : EXIT.notVerified,
    text: `${lines.join('\n')}\n`,
    json: {
      ok: isRight,
      packet: packetText(packet),
      path: steps.map(({ visit, origin }) => visitJson(visit, origin)),
      nfmark: hexOf(way.nfmark),
      ctmark: hexOf(way.ctmark),
      dst: addressText(way.dst),
      egress: way.egress,
      routedBy: way.routedBy,
      flow: flowJson(followed),
      doubts: way.doubts.map(decoded),
      decided: {
        nfmark: hexOf(decided.nfmark),
        dst: addressText(decided.dst),
        entry: decided.entry && entryJson(decided.entry),
      },
    },
  };
}

function headText(packet: Packet): string {
  const { inInterface, nfmark, ctmark, direction } = packet;
  const words = [
    packetText(packet),
    inInterface === undefined ? [] : `in ${inInterface}`,
    nfmark === 0 ? [] : `mark ${hexOf(nfmark)}`,
    ctmark === 0 ? [] : `ctmark ${hexOf(ctmark)}`,
    direction === undefined ? [] : `direction ${direction}`,
    besideWords(packet),
  ].flat();
  return `${words.join(' ')}${inInterface === undefined ? ', made here' : ''}`;
}

/** A rule that was read from a dump is an entry's if the policy compiles to it in the same chain. */
function originOf({ table, chain, text }: Visit, { host }: Compiled): Span | undefined {
  const rules = (table === 'nat' ? host.tables.nat : host.tables.mangle).chains.get(chain)?.rules ?? [];
  return rules.find((rule) => isSameRule(rule, { text }))?.origin;
}

function visitText({ table, chain, number, text, nfmark, element }: Visit, origin: Span | undefined): string {
  const found = element === undefined ? '' : `\n  ${' '.repeat(37)}by the element ${decoded(element)}`;
  const place = `${found}${origin === undefined ? '' : `  ${placeOf(origin)}`}`;
  const name = table === 'mangle' ? chain : `${table} ${chain}`;
  return `  ${decoded(`${name} ${String(number)}`).padEnd(17)} nfmark ${hexOf(nfmark).padEnd(10)}  ${decoded(text)}${place}`;
}

/** nat ends at the rule that maps. */
function mapText({ table, text }: Visit, { dst }: Trace): string[] {
  const isMapping = table === 'nat' && text.includes(' -j NETMAP ');
  return isMapping ? [`  to ${addressText(dst)} from there on`] : [];
}

function visitJson(
  { table, chain, number, text, nfmark, ctmark, element }: Visit,
  origin: Span | undefined,
): object {
  return {
    ...{ table, chain: decoded(chain), number, rule: decoded(text) },
    ...{ nfmark: hexOf(nfmark), ctmark: hexOf(ctmark) },
    element: element && decoded(element),
    origin: origin && placeOf(origin),
  };
}

function decisionText({ entry, nfmark, dst }: Decided, packet: Packet, isRight: boolean): string {
  const mark = isRight ? '' : `${markText(nfmark)}${dst === packet.dst ? '' : ` to ${addressText(dst)}`}: `;
  if (entry !== undefined) return `${mark}${placeOf(entry.origin)}  ${entryText(entry)}`;
  const why =
    nfmark === packet.nfmark ? 'no entry: it matches none, or is exempt' : 'an earlier packet of its flow';
  return `${mark}${why}`;
}

function entryText({ conn, description, contact }: PlannedEntry): string {
  const notes = [description, contact].filter((note) => note !== undefined);
  return `${conn}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

function entryJson({ conn, description, contact, origin }: PlannedEntry): object {
  return { conn, description, contact, place: placeOf(origin) };
}
