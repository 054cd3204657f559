import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts';
import { addressText } from '../domain/cidr.ts';
import { decoded } from '../domain/decoded.ts';
import type { Mark } from '../domain/mark.ts';
import { hexOf } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { BLOCKED } from '../domain/saref.ts';
import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import type { RouteAnswer } from '../system/host-tools.ts';
import type { Check } from './check.ts';
import { checkOf, notApplicable, notChecked } from './check.ts';
import { entryWitness } from './entry-witness.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses } from './own-addresses.ts';
import { NOT_BETWEEN_HOSTS } from './probe.ts';

/** The kernel is asked where it would send the packets of an entry. */
interface RouteQuery {
  readonly entry: ActiveEntry;
  readonly packet: Packet;
  /** Behind `ip route get`. */
  readonly words: string;
}

/** Asks `ip route get`, all at once. */
type AskRoutes = (queries: readonly string[]) => Promise<RouteAnswer[]>;

/** A packet that this host makes, which an entry decides. */
export interface OwnPacket {
  readonly entry: ActiveEntry;
  readonly packet: Packet;
  /** Whether its source is an address of the host: it is wherever the entry takes one. */
  readonly isFromOwn: boolean;
}

/** One for each entry that takes such packets. */
export function ownPackets(plan: MarkPlan, own: OwnAddresses): OwnPacket[] {
  return activeEntriesOf(plan).flatMap((entry) => {
    const find = (...within: readonly Selector[]): Packet | undefined =>
      entryWitness(plan, entry, {
        hook: 'OUTPUT',
        within: [{ inInterface: MADE_HERE }, ...within],
        without: elsewhereThan(own),
      });
    const fromOwn = find(atAddresses('src', own));
    const packet = fromOwn ?? find();
    return packet === undefined ? [] : [{ entry, packet, isFromOwn: fromOwn !== undefined }];
  });
}

function localQueries(plan: MarkPlan, own: OwnAddresses): RouteQuery[] {
  return ownPackets(plan, own).map(({ entry, packet, isFromOwn }) => {
    const source = isFromOwn ? ` from ${addressText(packet.src)}` : '';
    return { entry, packet, words: `${addressText(packet.dst)}${source}${markWords(entry.decision.mark)}` };
  });
}

/** A packet to the host itself is never marked, and one that goes from no host to no host has no route. */
function elsewhereThan(own: OwnAddresses): Selector[] {
  return [atAddresses('dst', own), ...NOT_BETWEEN_HOSTS];
}

function markWords({ value }: Mark): string {
  return ` mark ${hexOf(value)}`;
}

/** A forwarded packet without the device that it comes in by, if its entry does not say that. */
interface Arriving {
  readonly entry: ActiveEntry;
  readonly packet: Packet;
  readonly device: string | undefined;
}

function arrivingPackets(plan: MarkPlan, own: OwnAddresses): Arriving[] {
  return activeEntriesOf(plan).flatMap((entry) => {
    const { inInterface: device } = entry.selector;
    if (device === MADE_HERE) return [];
    const packet = entryWitness(plan, entry, {
      hook: 'PREROUTING',
      within: [{ inInterface: device ?? ANY_DEVICE }],
      without: [...elsewhereThan(own), atAddresses('src', own)],
    });
    return packet === undefined ? [] : [{ entry, packet, device }];
  });
}

/** No name of a device, so of none that an entry asks for. */
const ANY_DEVICE = '/';

/**
 * With the device for each: the one that its entry names, the one by which its source is reached, for
 * the reverse path filter wants that one, or else any.
 *
 * @param answers on the sources of those that have no device, in their order
 */
function forwardedQueries(
  arriving: readonly Arriving[],
  answers: readonly RouteAnswer[],
  { mast, own }: { readonly mast: string; readonly own: OwnAddresses },
): RouteQuery[] {
  const rest = answers.values();
  const usable = (device: string | undefined): boolean =>
    device !== undefined && device !== 'lo' && device !== mast;
  const anyDevice = own.devices.find(usable);
  return arriving.flatMap(({ entry, packet, device }) => {
    const arrival = device ?? [deviceIn(rest.next().value), anyDevice].find(usable);
    if (arrival === undefined) return [];
    const from = `from ${addressText(packet.src)} iif ${arrival}`;
    // what is to go from client to client has SAref 0 while it is routed
    const mark = arrival === mast ? BLOCKED : entry.decision.mark;
    const words = `${addressText(packet.dst)} ${from}${markWords(mark)}`;
    return [{ entry, packet: { ...packet, inInterface: arrival }, words }];
  });
}

function deviceIn(answer: RouteAnswer | undefined): string | undefined {
  return answer?.isRoute === true ? (/ dev (\S+)/.exec(answer.text) ?? [])[1] : undefined;
}

export interface RouteScene {
  readonly plan: MarkPlan;
  readonly own: OwnAddresses;
  /** Whether the host forwards packets at all. */
  readonly isForwarding: boolean;
  readonly ask: AskRoutes;
}

/** What the kernel itself says of one packet for each entry, made here and forwarded. */
export async function checkKernelRoutes({ plan, own, isForwarding, ask }: RouteScene): Promise<Check[]> {
  const mast = plan.interface;
  const local = localQueries(plan, own);
  const checks = [checkAnswers({ name: 'local routes', mast }, local, await ask(wordsOf(local)))];
  const name = 'forwarded routes';
  if (!isForwarding)
    return [...checks, notApplicable(name, 'this host forwards no packets: ip_forward is 0')];
  const arriving = arrivingPackets(plan, own);
  const unplaced = arriving.filter(({ device }) => device === undefined);
  const answers = await ask(unplaced.map(({ packet }) => addressText(packet.src)));
  const forwarded = forwardedQueries(arriving, answers, { mast, own });
  if (forwarded.length < arriving.length)
    return [...checks, notChecked(name, 'there is no device that packets could come in by')];
  return [...checks, checkAnswers({ name, mast }, forwarded, await ask(wordsOf(forwarded)))];
}

function wordsOf(queries: readonly RouteQuery[]): string[] {
  return queries.map(({ words }) => words);
}

interface About {
  readonly name: string;
  readonly mast: string;
}

function checkAnswers(
  { name, mast }: About,
  queries: readonly RouteQuery[],
  answers: readonly RouteAnswer[],
): Check {
  if (queries.length === 0) return notApplicable(name, 'no entry takes such packets');
  const wrong = new Map<string, RouteQuery[]>();
  queries.forEach((query, index) => {
    const answer = answers[index] as RouteAnswer;
    const device = deviceIn(answer);
    if (device === mast) return;
    const got = device === undefined ? answer.text : `it leaves by ${device}`;
    const same = wrong.get(got) ?? [];
    same.push(query);
    wrong.set(got, same);
  });
  const diagnostics = [...wrong].map(([got, asked]) => misrouted(got, asked));
  const bad = [...wrong.values()].flat().length;
  const verdict = bad === 0 ? `all by ${mast}` : `${String(bad)} not by ${mast}`;
  const text = `one packet for each entry, by the kernel's own answer: ${verdict}`;
  return { ...checkOf({ name, text, diagnostics }), packets: queries.length };
}

export const MOST_LABELS = 3;

function misrouted(got: string, queries: readonly RouteQuery[]): Diagnostic {
  const labels = queries.slice(0, MOST_LABELS).map(({ entry, words }): Label => ({
    span: entry.origin,
    text: `ip -4 route get ${words}: ${decoded(got)}`,
  }));
  const more = queries.length - labels.length;
  const detail = more > 0 ? `The kernel says the same for ${String(more)} more.` : undefined;
  return { code: 'SM4006', labels, detail };
}
