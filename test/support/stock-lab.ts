import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { addressText, cidrText } from '../../src/domain/cidr.ts';
import { hexOf } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { compilePolicy, goalOf, readPolicy } from '../../src/pipeline.ts';
import { withAddresses } from '../../src/rehearse/stage.ts';
import type { BackendName } from '../../src/system/backend.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import type { Lab } from './lab.ts';
import { openLab } from './lab.ts';
import type { RawSender } from './raw-sender.ts';
import { openRawSender } from './raw-sender.ts';
import type { Sareftrack, StockConn } from './stock.ts';
import { STOCK_ROUTING, STOCK_SRC_VALID_MARK, stockFrame } from './stock.ts';
import type { Sent } from './stock-cases.ts';
import { HOST_ADDRESS, INBOUND_MARK, KINDS, localSources } from './stock-cases.ts';
import type { Tally } from './tally.ts';
import { readTallies, tallyBetween, tallyBatches } from './tally.ts';

/** A gateway whose packets are sent by the lists of a case, and counted by kind. */
export interface Side {
  readonly tools: HostTools;
  readonly lab: Lab;
  /** What each packet ended as: the host's own first, and answers behind what they answer. */
  send(packets: readonly Sent[]): Promise<Map<Sent, Tally>>;
  /** No flow of before is known from here on. */
  forgetFlows(): Promise<void>;
  close(): Promise<void>;
}

/** How many times each packet is sent: later ones of a flow may fare differently from the first. */
export const COPIES = 2;

const MAST_MAC = '02:00:00:00:03:01';

export async function openSide(backend: BackendName): Promise<Side> {
  const lab = await openLab(backend);
  const { gateway, neighbour, tools } = lab;
  await gateway.mustRun({ argv: ['ip', 'link', 'set', 'dev', 'mast0', 'address', MAST_MAC] });
  await tools.ip(['address', 'add', `${addressText(HOST_ADDRESS)}/32`, 'dev', 'lo']);
  // what leaves far-mast comes out of mast0, as if it were decapsulated
  const lines = [
    `link set dev far-mast address ${MAST_MAC}`,
    'link set dev far-mast arp off',
    'route add default dev far-mast metric 9',
  ];
  await neighbour.mustRun({ argv: ['ip', '-batch', '-'], stdin: `${lines.join('\n')}\n` });
  for (const batch of tallyBatches(KINDS)) await tools.restore(printRestore('mangle', batch));
  const senders = { OUTPUT: openRawSender(gateway), PREROUTING: openRawSender(neighbour) };
  const counter = await openCounter(tools);
  let zone = 0;
  return {
    tools,
    lab,
    send: (packets) =>
      inTurn(packets, lab, async (batch) => {
        for (const hook of ['OUTPUT', 'PREROUTING'] as const)
          await senders[hook].send(datagrams(batch, hook));
        return counter(batch.reduce((sum, packet) => sum + timesCounted(packet) * COPIES, 0));
      }),
    async forgetFlows() {
      zone += 1;
      await tools.restore(rawScript(zone));
    },
    async close() {
      await senders.OUTPUT.close();
      await senders.PREROUTING.close();
      await lab.close();
    },
  };
}

/** How often each is counted: what the host sends to itself passes POSTROUTING and INPUT. */
export function timesCounted({ hook, dstIsLocal }: Packet): number {
  return hook === 'OUTPUT' && dstIsLocal ? 2 : 1;
}

function rawScript(zone: number): string {
  const lines = [
    '-F PREROUTING',
    '-F OUTPUT',
    `-A PREROUTING -i mast0 -j MARK --set-mark ${hexOf(INBOUND_MARK)}`,
    // what the gateway says about packets that end here
    '-A OUTPUT -p icmp -j DROP',
    ...['PREROUTING', 'OUTPUT'].map((chain) => `-A ${chain} -j CT --zone ${String(zone)}`),
  ];
  return `*raw\n${lines.join('\n')}\nCOMMIT\n`;
}

function datagrams(packets: readonly Sent[], hook: Packet['hook']): Parameters<RawSender['send']>[0] {
  return packets
    .filter((packet) => packet.hook === hook)
    .map(({ src, dst, protocol, sport = 0, dport = 0, nfmark, inInterface }) => ({
      ...{ src, dst, protocol, sport, dport, copies: COPIES },
      // the mark that a packet arrives with, a rule gives it
      ...(hook === 'OUTPUT' && { nfmark }),
      ...(inInterface === 'mast0' && { device: 'far-mast' }),
    }));
}

const PATIENCE_MS = 1000;

/** Tells what was counted since the last time; a forwarded packet is counted a moment after it was sent. */
async function openCounter(tools: HostTools): Promise<(expected: number) => Promise<Tally[]>> {
  let before = readTallies(await tools.readCounters());
  return async (expected) => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const now = readTallies(await tools.readCounters());
      const counted = now.map((tally, kind) => tallyBetween(before[kind] as Tally, tally));
      const total = counted.reduce((sum, { onMast, elsewhere }) => sum + onMast + elsewhere, 0);
      if (total < expected && Date.now() < deadline) continue;
      before = now;
      return counted;
    }
  };
}

/**
 * The host's own packets and their answers while it has the addresses for them, then all others and
 * their answers: an address cannot be on both sides at once.
 */
async function inTurn(
  packets: readonly Sent[],
  { gateway }: Lab,
  send: (batch: readonly Sent[]) => Promise<readonly Tally[]>,
): Promise<Map<Sent, Tally>> {
  const results = new Map<Sent, Tally>();
  const sendFlows = async (flows: readonly Sent[]): Promise<void> => {
    for (const isAnswer of [false, true]) {
      const batch = flows.filter(({ answerTo }) => (answerTo !== undefined) === isAnswer);
      if (batch.length === 0) continue;
      const counted = await send(batch);
      for (const packet of batch) results.set(packet, counted[packet.kind] as Tally);
    }
  };
  const isOwn = (packet: Sent): boolean => {
    const { hook, srcIsLocal } = packet.answerTo ?? packet;
    return hook === 'OUTPUT' && srcIsLocal;
  };
  await withAddresses(gateway, localSources(packets).map(addressText), () =>
    sendFlows(packets.filter(isOwn)),
  );
  await sendFlows(packets.filter((packet) => !isOwn(packet)));
  return results;
}

/** What the stock script does before it adds the first conn. */
export async function setStock(
  { gateway, tools }: Pick<Lab, 'gateway' | 'tools'>,
  sareftrack: Sareftrack,
): Promise<void> {
  await tools.restore(printRestore('mangle', stockFrame(sareftrack)));
  for (const command of STOCK_ROUTING) await tools.ip(command);
  await gateway.execute({ argv: ['sysctl', '-w', STOCK_SRC_VALID_MARK] });
}

/** The policy of these conns, the oldest first: a conn without an SA steps aside, as its stock rule is gone. */
export function policyOf(
  conns: readonly StockConn[],
  { sareftrack, down = [] }: { readonly sareftrack: Sareftrack; readonly down?: readonly StockConn[] },
): string {
  const entries = [...conns, ...down].toReversed().map(({ name, mine, peer }) => {
    return { conn: name, src: cidrText(mine), dst: cidrText(peer), down: 'skip' };
  });
  const sarefs = new Map<string, number | 'down'>([
    ...conns.map(({ name, refhim }) => [name, refhim] as const),
    ...down.map(({ name }) => [name, 'down'] as const),
  ]);
  const tracking = { yes: 'packet', conntrack: 'flow' }[sareftrack];
  return JSON.stringify({ version: 1, tracking, sarefs: Object.fromEntries(sarefs), entries });
}

/** With all that belongs to it: routing and switches too. */
export async function applyPolicy(tools: HostTools, text: string): Promise<void> {
  const { compiled, diagnostics } = compilePolicy(readPolicy({ name: 'policy.yaml', text }));
  assert.ok(compiled, `${text}\n${JSON.stringify(diagnostics)}`);
  const { kind } = await applyHost(tools, goalOf(compiled));
  assert.ok(kind === 'applied' || kind === 'unchanged', `${kind}\n${text}`);
}
