import { toAddress } from '../../domain/cidr.ts';
import type { Packet } from '../../domain/packet.ts';
import { toPacket } from '../../domain/packet-text.ts';
import type { HostReading } from '../../host/parse.ts';
import type { HostState } from '../../host/state.ts';
import { onKernel } from '../../host/state.ts';
import { decide } from '../../plan/decide.ts';
import { trace } from '../../trace/trace.ts';
import type { Run } from '../command.ts';
import { loadDump } from '../dump.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { loadPlan } from '../policy-file.ts';
import { invalidPolicy, printReport } from '../report.ts';
import { traceReport } from '../trace-report.ts';

/** The way of one packet, by the rules that the policy compiles to or by those of a dump. */
export const run: Run = async (args, terminal) => {
  const packet = packetIn(args);
  const { name, compiled, diagnostics } = await loadPlan(args, terminal);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const { state, diagnostics: unread } = await rulesIn(args, compiled.host);
  const all = [...diagnostics, ...unread];
  if (state === undefined) return printReport(args, terminal, invalidPolicy(name, all));
  const report = traceReport({
    rulesOf: args.isSet('live') ? args.value('live') : name,
    packet,
    way: trace(state, packet),
    decided: decide(compiled.plan, packet),
    compiled,
  });
  return printReport(args, terminal, { ...report, diagnostics: all });
};

function packetIn(args: Arguments): Packet {
  if (!args.isSet('packet'))
    throw new UsageError('a packet is needed: --packet "udp 10.9.1.4:4000 -> 192.168.0.10:53"');
  const own = args
    .value('local')
    .split(',')
    .filter((text) => text !== '');
  const addresses = own.map((text) => {
    const address = toAddress(text);
    if (address === undefined) throw new UsageError(`--local: '${text}' is no IPv4 address`);
    return address;
  });
  const reading = toPacket(args.value('packet'), addresses);
  if (reading.kind === 'problem') throw new UsageError(`--packet: ${reading.problem}`);
  return reading.packet;
}

/** By the routes that the policy makes, whatever the rules. */
function rulesIn(args: Arguments, host: HostState): Promise<HostReading> {
  return args.isSet('live')
    ? loadDump(args.value('live'), host)
    : Promise.resolve({ state: onKernel(host), diagnostics: [] });
}
