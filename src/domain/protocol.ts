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

const NUMBER = /^(0|[1-9][0-9]{0,2})$/;

export const UDP = 17;
export const ESP = 50;
export const AH = 51;

/** @returns undefined for a name that is not in the table, or a number above 255. */
export function toProtocol(word: string): number | undefined {
  if (NUMBER.test(word)) return Number(word) <= 255 ? Number(word) : undefined;
  return Object.hasOwn(NUMBERS, word) ? NUMBERS[word] : undefined;
}

export function protocolText(protocol: number): string {
  return Object.keys(NUMBERS).find((name) => NUMBERS[name] === protocol) ?? String(protocol);
}
