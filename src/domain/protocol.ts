/**
 * IP protocols by the names that iptables 1.8.11 prints whatever /etc/protocols says
 * (xtables_chain_protos in libxtables/xtables.c); other protocols go by number.
 */
const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ipcomp: 108,
  sctp: 132,
  'mobility-header': 135,
  udplite: 136,
};

/** Names that are read and not printed: other versions, and /etc/protocols. */
const OTHER_NAMES: Readonly<Record<string, number>> = {
  all: 0,
  ip: 0,
  hopopt: 0,
  igmp: 2,
  ggp: 3,
  ipencap: 4,
  st: 5,
  egp: 8,
  igp: 9,
  pup: 12,
  hmp: 20,
  'xns-idp': 22,
  rdp: 27,
  'iso-tp4': 29,
  xtp: 36,
  ddp: 37,
  'idpr-cmtp': 38,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  idrp: 45,
  rsvp: 46,
  gre: 47,
  skip: 57,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  rspf: 73,
  vmtp: 81,
  eigrp: 88,
  ospf: 89,
  'ax.25': 93,
  ipip: 94,
  etherip: 97,
  encap: 98,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  isis: 124,
  fc: 133,
  'ipv6-mh': 135,
  mh: 135,
  'mpls-in-ip': 137,
  manet: 138,
  hip: 139,
  shim6: 140,
  wesp: 141,
  rohc: 142,
  ethernet: 143,
};

const NUMBER = /^(0|[1-9][0-9]{0,2})$/;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const DCCP = 33;
export const ESP = 50;
export const AH = 51;
export const ICMPV6 = 58;
export const SCTP = 132;
export const UDPLITE = 136;

/** Those with ports in the first four bytes of their header: what `-m multiport` takes. */
const WITH_PORTS: readonly number[] = [TCP, UDP, DCCP, SCTP, UDPLITE];

export function hasPorts(protocol: number): boolean {
  return WITH_PORTS.includes(protocol);
}

/** @returns undefined for a name that is not in the table, or a number above 255. */
export function toProtocol(word: string): number | undefined {
  if (NUMBER.test(word)) return Number(word) <= 255 ? Number(word) : undefined;
  const names = Object.hasOwn(NUMBERS, word) ? NUMBERS : OTHER_NAMES;
  return Object.hasOwn(names, word) ? names[word] : undefined;
}

export function protocolText(protocol: number): string {
  return Object.keys(NUMBERS).find((name) => NUMBERS[name] === protocol) ?? String(protocol);
}
