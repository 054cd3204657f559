import { toAddress } from './cidr.ts';
import type { Packet } from './packet.ts';
import { toPortRange } from './port-range.ts';
import { hasPorts, toProtocol } from './protocol.ts';

export type PacketReading =
  | { readonly kind: 'packet'; readonly packet: Packet }
  | { readonly kind: 'problem'; readonly problem: string };

const FORM = /^(\S+) +(\S+) *-> *(\S+)((?: +\S+ +\S+)*)$/;

/** Marks beside the header are numbers, decimal or hexadecimal. */
const NUMBER = /^(?:0x[0-9a-f]{1,8}|[0-9]{1,10})$/i;

interface Extras {
  readonly in?: string;
  readonly mark?: number;
  readonly ctmark?: number;
  readonly direction?: Packet['direction'];
}

/**
 * `udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1`; without `in` a packet that this host makes. Behind it
 * `mark N`, what it carries already, `ctmark N`, what its flow does, and `direction reply` for one that
 * answers the first packet of its flow.
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
    },
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

function isNumber(key: string): boolean {
  return key === 'mark' || key === 'ctmark';
}

function extrasIn(rest: string): Extras | string {
  const words = rest.trim().split(/ +/);
  const extras: Record<string, string | number> = {};
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [key = '', value = ''] = words.slice(at, at + 2);
    if (!['in', 'mark', 'ctmark', 'direction'].includes(key))
      return `'${key}' is none of in, mark, ctmark and direction`;
    if (key in extras) return `'${key}' stands there twice`;
    if (key === 'direction' && value !== 'original' && value !== 'reply')
      return `'${value}' is no direction: original or reply`;
    if (isNumber(key) && !(NUMBER.test(value) && Number(value) <= 0xffffffff)) return `'${value}' is no mark`;
    extras[key] = isNumber(key) ? Number(value) : value;
  }
  return extras;
}
