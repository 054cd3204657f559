import type { Lab } from './lab.ts';

/** What the breakages are done to. */
export const BROKEN_POLICY = `version: 1
tracking: flow
sarefs: { server-client1: 18, server-client2: 22 }
entries:
  - { conn: server-client1, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
  - { conn: server-client2, src: 10.9.2.0/24, dst: 192.168.0.0/24 }
`;

const MARK_RULE =
  '-s 10.9.2.0/24 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment server-client2';
const STOCK =
  '-s 10.9.0.0/16 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment server-client3 -j MARK --set-xmark 0x80300000/0xffffffff';

/** What is broken, by lines of iptables-restore or by a command, and what is said of it. */
interface Breakage {
  readonly rules?: readonly string[];
  readonly command?: readonly [string, ...string[]];
  /** By `diff`. */
  readonly said: readonly RegExp[];
  /** By `verify`: its checks that fail, and words on stderr. */
  readonly failing: readonly string[];
  readonly told: readonly RegExp[];
}

const FLAGS = 'fwmark 0x80000000/0x80000000';

export const BREAKAGES: Readonly<Record<string, Breakage>> = {
  'a rule changed by hand': {
    rules: [`-R SAREF-ENTRIES 7 ${MARK_RULE} -j MARK --set-xmark 0x80120000/0xffff0000`],
    said: [
      /^everything from 10\.9\.2\.0\/24 to 192\.168\.0\.0\/24 stays with server-client2: SAref 18 becomes SAref 22,\n {2}for example udp /m,
      /^-.*0x80120000/m,
      /^\+.*0x80160000.* {2}# \S+:6:13$/m,
    ],
    failing: ['rules', 'live rules'],
    told: [
      /SM4005[^]*site\.yaml:6:13[^]*udp 10\.9\.2\.0:40000 -> 192\.168\.0\.0:53 \(local\): the policy says 0x80160000 \(SAref 22\), the live rules 0x80120000 \(SAref 18\)[^]*By rule 7 of SAREF-ENTRIES:\n {4}-A SAREF-ENTRIES .*0x80120000/,
    ],
  },
  'a rule deleted': {
    rules: ['-D SAREF-ENTRIES 7'],
    said: [
      /^everything from 10\.9\.2\.0\/24 .* was not marked, and is now sent to server-client2 \(SAref 22\),$/m,
    ],
    failing: ['rules', 'live rules'],
    told: [
      /SM4005[^]*site\.yaml:6:13[^]*the live rules 0x0 \(unmarked\)[^]*It does not meet this rule, which is not there:\n {4}-A SAREF-ENTRIES -s 10\.9\.2\.0/,
    ],
  },
  'a rule in front of ours': {
    rules: ['-I SAREF-ENTRIES 1 -j RETURN'],
    said: [/^--A SAREF-ENTRIES -j RETURN$/m],
    failing: ['rules', 'live rules'],
    told: [
      /the live rules 0x0 \(unmarked\)[^]*By rule 1 of SAREF-ENTRIES:\n {4}-A SAREF-ENTRIES -j RETURN\n/,
    ],
  },
  'a jump removed': {
    rules: ['-D OUTPUT -j IPSEC'],
    said: [
      /made on this host was not marked/,
      /^packets of this host do not meet the rules, or others first$/m,
    ],
    failing: ['rules', 'live rules'],
    told: [/\(local\): [^]*It does not meet this rule, which is not there:\n {4}-A OUTPUT -j IPSEC\n/],
  },
  'a jump moved behind others': {
    rules: ['-D PREROUTING -j IPSEC', '-A PREROUTING -s 10.1.2.3/32 -j ACCEPT', '-A PREROUTING -j IPSEC'],
    said: [/^forwarded packets do not meet the rules, or others first$/m],
    failing: ['rules'],
    told: [/SM4008[^]*forwarded packets do not meet the rules, or others first/],
  },
  'the frame flushed': {
    rules: ['-F IPSEC'],
    said: [/was not marked, and is now sent/, /^the frame in IPSEC is not there, or not in its order$/m],
    failing: ['rules', 'live rules'],
    told: [/It does not meet this rule, which is not there:\n {4}-A IPSEC /],
  },
  'rules of the stock script on top': {
    rules: [`-I NEW_IPSEC_CONN 1 ${STOCK}`],
    said: [
      /moves from server-client3 \(SAref 48\) to server-client1 \(SAref 18\)/,
      /^packets do not meet the entries, or rules of others first$/m,
    ],
    failing: ['rules', 'live rules'],
    told: [/the live rules 0x80300000 \(SAref 48\)[^]*By rule 1 of NEW_IPSEC_CONN, which is not ours:/],
  },
  'table 50 emptied': {
    command: ['ip', 'route', 'flush', 'table', '50'],
    said: [
      /: marked packets have no way to the mast device$/m,
      /: marked packets leave in clear when the mast device goes down$/m,
    ],
    failing: ['routes', 'live rules', 'local routes', 'forwarded routes'],
    told: [
      /SM4008[^]*marked packets have no way to the mast device/,
      /SM4006[^]*ip -4 route get 192\.168\.0\.1 mark 0x80120000: RTNETLINK answers: Network is unreachable/,
    ],
  },
  'an ip rule removed': {
    command: ['ip', 'rule', 'del', 'priority', '32764'],
    said: [
      /^ip rule add priority 32764 .*: what mast has decapsulated, and main has no route for, is routed back into mast$/m,
    ],
    failing: ['ip rules'],
    told: [/SM4008[^]*is routed back into mast/],
  },
  'ip rules out of order': {
    command: ['ip', '-batch', '-'],
    said: [/^ip rule del priority 32765 .*: is there twice, or out of its order$/m],
    failing: ['ip rules', 'live rules', 'local routes', 'forwarded routes'],
    told: [/SM4008[^]*is there twice, or out of its order/],
  },
  'fwmark_reflect on': {
    command: ['sysctl', '-w', 'net.ipv4.fwmark_reflect=1'],
    said: [/^net\.ipv4\.fwmark_reflect: answers of the kernel itself carry the inbound SAref/m],
    failing: ['switches'],
    told: [/SM4008[^]*fwmark_reflect: answers of the kernel itself/],
  },
  'tcp_fwmark_accept on': {
    command: ['sysctl', '-w', 'net.ipv4.tcp_fwmark_accept=1'],
    said: [/^net\.ipv4\.tcp_fwmark_accept: answers on accepted connections carry the inbound SAref/m],
    failing: ['switches'],
    told: [/SM4008[^]*tcp_fwmark_accept: answers on accepted/],
  },
  'src_valid_mark off': {
    command: ['sysctl', '-w', 'net.ipv4.conf.mast0.src_valid_mark=0'],
    said: [/^net\.ipv4\.conf\.mast0\.src_valid_mark: the reverse path filter drops/m],
    failing: ['reverse path'],
    told: [/SM4008[^]*Nothing is dropped as it is now[^]*src_valid_mark is off for mast0; rp_filter is off/],
  },
  'mast0 down': {
    command: ['ip', 'link', 'set', 'dev', 'mast0', 'down'],
    said: [/^ip link set dev mast0 up: the mast device is down: marked packets are refused$/m],
    failing: ['mast device', 'routes', 'live rules', 'local routes', 'forwarded routes'],
    told: [/SM4008[^]*the mast device is down: marked packets are refused/],
  },
};

/** For `ip -batch`: the one that refuses comes to stand in front of the one that looks up. */
const SWAPPED = `rule del priority 32765 ${FLAGS} lookup 50\nrule add priority 32765 ${FLAGS} lookup 50\n`;

/** Breaks a host as said. */
export async function breakHost({ gateway, tools }: Lab, { rules, command }: Breakage): Promise<void> {
  if (rules !== undefined) await tools.restore(['*mangle', ...rules, 'COMMIT', ''].join('\n'));
  if (command !== undefined) await gateway.mustRun({ argv: command, stdin: SWAPPED });
}
