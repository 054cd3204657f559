import { addressText } from '../domain/cidr.ts';
import { hexOf, SAREF_BITS } from '../domain/mark.ts';
import { parseTable } from '../host/parse.ts';
import { arg, marked } from '../iptables/build.ts';
import { parseSave } from '../iptables/parse-save.ts';
import { printRule } from '../iptables/print-rule.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { declareChain, printRestore } from '../iptables/restore.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { Responder } from '../system/respond.ts';
import type { RawPacket } from '../system/send.ts';
import type { Count } from '../verify/count.ts';
import { countingScripts, HUB, removingScripts, selecting } from '../verify/count.ts';
import type { Seen } from '../verify/judge.ts';
import { SENT } from '../verify/judge.ts';
import { bytesOf } from '../verify/payload.ts';
import type { AnswerProbe } from './answer-probes.ts';
import { SERVICE_PORT } from './answer-probes.ts';
import type { RehearsalPorts } from './observe.ts';
import { countProbes } from './observe.ts';
import { BRANCH_ENDS, FAR_MAST } from './stage.ts';

/** Each packet comes in twice, so that an answer that does not hold is seen. */
const COPIES = 2;

/**
 * Lets the packets come in by mast, has them answered, and counts the answers where they leave. Rules in
 * front of ours in raw stand in for mast, which gives each packet the inbound SAref: it is told from the
 * others by its time to live. No rule that counts is left.
 */
export async function observeAnswers(
  probes: readonly AnswerProbe[],
  device: string,
  ports: RehearsalPorts,
): Promise<Seen[]> {
  const { tools } = ports;
  const timesToLive = timesToLiveOf(probes);
  await tools.restore(printRestore('raw', markingLines(timesToLive, device)));
  const [apart, together] = [false, true].map((wanted) =>
    probes.filter((one) => isTogether(one) === wanted),
  ) as [AnswerProbe[], AnswerProbe[]];
  const counted = apart.map(({ answer }) => ({ leaving: answer }));
  for (const lines of [...countingScripts(counted, device), togetherLines(together, device)])
    if (lines.length > 0) await tools.restore(printRestore('mangle', lines));
  const [result, counts] = await withServers(ports, async () => [
    await sendAll(probes, timesToLive, ports),
    await countProbes(counted, { copies: COPIES, tools }),
  ]);
  const company = await countTogether(together, tools);
  await removeCounters(tools);
  const [nextApart, nextTogether] = [counts.values(), company.values()];
  return probes.map((probe) => ({
    count: (isTogether(probe) ? nextTogether : nextApart).next().value as Count,
    sending: { copies: COPIES, result },
  }));
}

function isTogether({ kind }: AnswerProbe): boolean {
  return kind === 'same port';
}

/** One for each inbound nfmark. */
function timesToLiveOf(probes: readonly AnswerProbe[]): Map<number, number> {
  const nfmarks = [...new Set(probes.map(({ arrival }) => arrival.nfmark))];
  return new Map(nfmarks.map((nfmark, index) => [nfmark, FIRST_TIME_TO_LIVE + index]));
}

/** The gateway and the host behind it answer for as long as `work` takes. */
async function withServers<T>(
  { gateway, neighbour, respond }: RehearsalPorts,
  work: () => Promise<T>,
): Promise<T> {
  const servers: Responder[] = [];
  try {
    for (const [host, address] of [
      [gateway, BRANCH_ENDS.near],
      [neighbour, BRANCH_ENDS.far],
    ] as const)
      servers.push(await respond(host, { address: addressText(address), port: SERVICE_PORT }));
    return await work();
  } finally {
    for (const server of servers) await server.close();
  }
}

/** @returns SENT, or the first thing that the system said instead */
async function sendAll(
  probes: readonly AnswerProbe[],
  timesToLive: ReadonlyMap<number, number>,
  { neighbour, send }: RehearsalPorts,
): Promise<string> {
  const packets = probes.map((probe) => rawOf(probe, timesToLive));
  // in turns: the second copy finds all flows that there are
  const results = await send(neighbour, Array.from({ length: COPIES }, () => packets).flat());
  return results.find((one) => one !== SENT) ?? SENT;
}

/** Of no other packet here. */
const FIRST_TIME_TO_LIVE = 65;

function markingLines(timesToLive: ReadonlyMap<number, number>, device: string): RestoreLine[] {
  return [...timesToLive].map(([nfmark, timeToLive]) => ({
    text: `-I PREROUTING 1 -i ${device} -m ttl --ttl-eq ${String(timeToLive)} -j MARK --set-xmark ${hexOf(nfmark)}/${hexOf(SAREF_BITS)}`,
  }));
}

function rawOf({ arrival }: AnswerProbe, timesToLive: ReadonlyMap<number, number>): RawPacket {
  return { bytes: bytesOf(arrival, timesToLive.get(arrival.nfmark)), device: FAR_MAST };
}

const TOGETHER = `${HUB}-SAME`;

/** Their answers have one header: each is told by its mark alone. */
function togetherLines(probes: readonly AnswerProbe[], device: string): RestoreLine[] {
  const [first] = probes;
  if (first === undefined) return [];
  return [
    { text: declareChain(TOGETHER) },
    { text: `-A ${HUB} ${printRule(selecting(first.answer, TOGETHER))}` },
    ...probes.map(({ wanted }) => ({
      text: `-A ${TOGETHER} ${printRule({
        kind: 'rule',
        builtins: { outInterface: arg(device) },
        matches: [marked({ value: wanted, mask: SAREF_BITS })],
        target: undefined,
      })}`,
    })),
  ];
}

async function countTogether(probes: readonly AnswerProbe[], tools: HostTools): Promise<Count[]> {
  if (probes.length === 0) return [];
  const { save } = parseSave(await tools.readCounters());
  const packets = save.lines.flatMap((line) =>
    line.kind === 'rule' && line.chain === TOGETHER ? [Number(line.counters?.packets)] : [],
  );
  return probes.map(({ wanted }, index) => {
    const onMast = packets[index] ?? 0;
    return { onMast, elsewhere: 0, nfmark: onMast === 0 ? 'none' : wanted };
  });
}

async function removeCounters(tools: HostTools): Promise<void> {
  const text = await tools.readCounters();
  const { table } = parseTable('mangle', { name: 'iptables-save -t mangle', text });
  if (table === undefined) throw new Error('the mangle table cannot be read any more');
  for (const lines of removingScripts(table)) await tools.restore(printRestore('mangle', lines));
}
