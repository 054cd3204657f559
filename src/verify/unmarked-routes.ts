import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { addressText, cidrText, containsAddress, toAddress } from '../domain/cidr.ts';
import { decide } from '../plan/decide.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { RouteAnswer } from '../system/host-tools.ts';
import type { Check } from './check.ts';
import { checkOf, notApplicable } from './check.ts';
import type { OwnPacket, RouteScene } from './kernel-routes.ts';
import { MOST_LABELS, ownPackets } from './kernel-routes.ts';

/** A packet before it has a mark, and what the kernel says of it. */
interface Asked extends OwnPacket {
  readonly answer: RouteAnswer;
}

/**
 * Before a rule sees a packet that this host makes, the kernel wants a route for it as it is, without a
 * mark, and where the program has not chosen a source it takes the one that goes with that route.
 */
export async function checkUnmarkedRoutes({
  plan,
  own,
  ask,
}: Pick<RouteScene, 'plan' | 'own' | 'ask'>): Promise<Check> {
  const name = 'unmarked routes';
  const packets = ownPackets(plan, own).filter(({ isFromOwn }) => isFromOwn);
  if (packets.length === 0) return notApplicable(name, 'no entry takes packets from an address of this host');
  const answers = await ask(packets.map(({ packet }) => addressText(packet.dst)));
  const asked = packets.map((one, index): Asked => ({ ...one, answer: answers[index] as RouteAnswer }));
  const without = asked.filter(({ answer }) => !answer.isRoute);
  const astray = asked.filter((one) => one.answer.isRoute && !isOfItsConn(plan, one));
  const diagnostics = [...told('SM4022', plan, without), ...told('SM4023', plan, astray)];
  const bad = without.length + astray.length;
  const verdict = bad === 0 ? 'all have a route, and its source' : `${String(bad)} go another way`;
  const text = `one packet for each entry, before a rule has seen it: ${verdict}`;
  return { ...checkOf({ name, text, diagnostics }), packets: packets.length };
}

/** Whether the conn gets the packet, too, with the source that the kernel gives it. */
function isOfItsConn(plan: MarkPlan, { entry, packet, answer }: Asked): boolean {
  const src = toAddress(sourceIn(answer));
  if (src === undefined) return true;
  return decide(plan, { ...packet, src }).entry?.conn === entry.conn;
}

function sourceIn({ text }: RouteAnswer): string {
  return / src (\S+)/.exec(text)?.[1] ?? '';
}

function told(code: Code, plan: MarkPlan, asked: readonly Asked[]): Diagnostic[] {
  const [first] = asked;
  if (first === undefined) return [];
  const labels = asked.slice(0, MOST_LABELS).map((one) => ({
    span: one.entry.origin,
    text: `ip -4 route get ${addressText(one.packet.dst)}: ${foundIn(one)}`,
  }));
  const more = asked.length - labels.length;
  const detail = more > 0 ? `So it is with ${String(more)} more.` : undefined;
  return [{ code, labels, detail, help: `${HELP}\n${routeFor(plan, first)}` }];
}

function foundIn({ answer }: Asked): string {
  return answer.isRoute ? `the source is ${sourceIn(answer)}, and the entry is for others` : answer.text;
}

const HELP = 'a route by mast, which drops what has no mark:';

function routeFor(plan: MarkPlan, { entry: { selector }, packet }: OwnPacket): string {
  const network = selector.dst?.find((one) => one.prefix > 0 && containsAddress(one, packet.dst));
  const words = cidrText(network ?? { address: packet.dst, prefix: 32 });
  return `ip route add ${words} dev ${plan.interface} src ${addressText(packet.src)}`;
}
