import { toAddress } from './cidr.ts';
import { toDscp } from './dscp.ts';
import type { Packet } from './packet.ts';
import { toPortRange } from './port-range.ts';
import { hasPorts, toProtocol } from './protocol.ts';
import type { Sender } from './sender.ts';
import { isBySender, isBySomebody } from './sender.ts';

export type PacketReading =
  | { readonly kind: 'packet'; readonly packet: Packet }
  | { readonly kind: 'problem'; readonly problem: string };

const FORM = /^(\S+) +(\S+) *-> *(\S+)((?: +\S+ +\S+)*)$/;

const NUMBER = /^(?:0x[0-9a-f]{1,8}|[0-9]{1,10})$/i;

interface Extras {
  readonly in?: string;
  readonly mark?: number;
  readonly ctmark?: number;
  readonly direction?: NonNullable<Packet['direction']>;
  readonly dscp?: number;
  readonly user?: number;
  readonly group?: number;
  readonly cgroup?: string;
  readonly socket?: 'closed';
}

/** What each word beside the header takes, and what is said of anything else. */
const EXTRAS: Readonly<
  Record<keyof Extras, readonly [(word: string) => string | number | undefined, string]>
> = {
  in: [(word) => word, ''],
  mark: [numberIn, 'is no mark'],
  ctmark: [numberIn, 'is no mark'],
  direction: [
    (word) => (word === 'original' || word === 'reply' ? word : undefined),
    'is no direction: original or reply',
  ],
  dscp: [toDscp, 'is no DSCP: 0 to 63, or a class like af31'],
  user: [numberIn, 'is no number of a user'],
  group: [numberIn, 'is no number of a group'],
  cgroup: [(word) => word, ''],
  socket: [(word) => (word === 'closed' ? word : undefined), 'is nothing that a socket may be: closed'],
};

function numberIn(word: string): number | undefined {
  return NUMBER.test(word) && Number(word) <= 0xffffffff ? Number(word) : undefined;
}

/**
 * `udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1`; without `in` a packet that this host makes. Behind it
 * `mark N`, what it carries already, `ctmark N`, what its flow does, `direction reply` for one that
 * answers the first packet of its flow, `dscp N`, and who sends it: `user N`, `group N`, `cgroup PATH`, or
 * `socket closed` for what is left of one, of a flow that conntrack does not know.
 *
 * @param own addresses of this host
 */
export function toPacket(text: string, own: readonly number[]): PacketReading {
  const [, word = '', from = '', to = '', rest = ''] = FORM.exec(text.trim()) ?? [];
  const protocol = toProtocol(word.toLowerCase());
  if (word === '')
    return problem(`'${text}' is not of the form: udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1`);
  if (protocol === undefined || protocol === 0) return problem(`'${word}' is no protocol`);
  const [src, dst] = [endOf(from, protocol), endOf(to, protocol)];
  if (typeof src === 'string') return problem(src);
  if (typeof dst === 'string') return problem(dst);
  const extras = extrasIn(rest);
  if (typeof extras === 'string') return problem(extras);
  if (extras.in !== undefined && isBySender(senderOf(extras)))
    return problem('a packet that comes in has no sender here');
  if (extras.socket === 'closed' && isBySomebody(senderOf(extras)))
    return problem('what is left of a closed socket has no sender');
  const ports = src.port === undefined || dst.port === undefined ? {} : { sport: src.port, dport: dst.port };
  const isLocal = extras.in === undefined;
  return {
    kind: 'packet',
    packet: {
      ...{ src: src.address, dst: dst.address, protocol, ...ports },
      ...(extras.in === undefined ? { hook: 'OUTPUT' } : { hook: 'PREROUTING', inInterface: extras.in }),
      srcIsLocal: isLocal || own.includes(src.address),
      dstIsLocal: own.includes(dst.address),
      nfmark: extras.mark ?? 0,
      ctmark: extras.ctmark ?? 0,
      ...(extras.direction && { direction: extras.direction }),
      ...(extras.dscp !== undefined && { dscp: extras.dscp }),
      ...senderOf(extras),
    },
  };
}

function senderOf({ socket, user, group, cgroup }: Extras): Sender {
  return {
    ...(socket === 'closed' && { isStray: true }),
    ...(user !== undefined && { uid: user }),
    ...(group !== undefined && { gid: group }),
    ...(cgroup !== undefined && { cgroup }),
  };
}

function problem(text: string): PacketReading {
  return { kind: 'problem', problem: text };
}

interface End {
  readonly address: number;
  readonly port: number | undefined;
}

/** Or what is wrong with it. */
function endOf(text: string, protocol: number): End | string {
  const [addressText = '', portText] = text.split(':');
  const address = toAddress(addressText);
  const range = portText === undefined ? undefined : toPortRange(portText, '-');
  if (address === undefined) return `'${addressText}' is no IPv4 address`;
  if (
    portText !== undefined &&
    (range === undefined || range.first !== range.last || text.split(':').length > 2)
  )
    return `'${text.slice(addressText.length + 1)}' is no port`;
  if (hasPorts(protocol) !== (range !== undefined))
    return hasPorts(protocol)
      ? `${text} needs a port: ${text}:4000`
      : `${text} has a port, and its protocol none`;
  return { address, port: range?.first };
}

function extrasIn(rest: string): Extras | string {
  const words = rest.trim().split(/ +/);
  const extras: Record<string, string | number> = {};
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [key = '', word = ''] = words.slice(at, at + 2);
    if (!Object.hasOwn(EXTRAS, key)) return `'${key}' is none of ${Object.keys(EXTRAS).join(', ')}`;
    if (key in extras) return `'${key}' stands there twice`;
    const [read, complaint] = EXTRAS[key as keyof Extras];
    const value = read(word);
    if (value === undefined) return `'${word}' ${complaint}`;
    extras[key] = value;
  }
  return extras;
}
