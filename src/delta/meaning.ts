import type { Step } from './step.ts';

/** What a step means for packets, as long as it is not done; undefined where entries say it. */
export function meaningsOf(step: Step): string[] {
  switch (step.tool) {
    case 'sysctl':
      return [
        `${step.key}: ${SWITCHES.find(([key]) => step.key.endsWith(key))?.[1] ?? 'is not as it should be'}`,
      ];
    case 'ip':
      return [ipMeaning(step.args.join(' '))];
    case 'iptables-restore':
      return scriptMeanings(step.script.split('\n'));
    // the entries say it, as they do for rules
    case 'ipset':
      return [];
    case 'conntrack':
      return step.flows === 0
        ? []
        : [`${step.flows === 1 ? '1 flow is' : `${String(step.flows)} flows are`} decided again`];
    /* c8 ignore next 2 */
    default:
      return step satisfies never;
  }
}

function scriptMeanings(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !isBesideOthers(line, lines))
    .flatMap((line) => JUMPS.find(([form]) => form.test(line))?.[1] ?? []);
}

/**
 * A jump in a hook that goes and comes again because another one of ours comes there or goes: all of ours
 * are put in front together. As far as a script can tell, it was in its place.
 */
function isBesideOthers(line: string, lines: readonly string[]): boolean {
  const [, hook = ''] = /^-I (PREROUTING|OUTPUT) 1 /.exec(line) ?? [];
  const [begins, ends] = [`-I ${hook} 1 `, `-D ${hook} `];
  const come = lines.filter((one) => one.startsWith(begins)).map((one) => one.slice(begins.length));
  const go = lines.filter((one) => one.startsWith(ends)).map((one) => one.slice(ends.length));
  const isMoved = go.includes(line.slice(begins.length));
  return isMoved && (come.some((rule) => !go.includes(rule)) || go.some((rule) => !come.includes(rule)));
}

const SWITCHES = [
  ['src_valid_mark', 'the reverse path filter drops what mast has decapsulated'],
  ['fwmark_reflect', 'answers of the kernel itself carry the inbound SAref, and go by another SA'],
  ['tcp_fwmark_accept', 'answers on accepted connections carry the inbound SAref, and go by another SA'],
] as const;

/** In the order of asking: a later form is wider. */
const ROUTING: readonly (readonly [RegExp, string])[] = [
  [/^link set .* up$/, 'the mast device is down: marked packets are refused'],
  [/^link set /, 'the mast device is up'],
  [/^route add unreachable /, 'marked packets leave in clear when the mast device goes down'],
  [/^route add default /, 'marked packets have no way to the mast device'],
  [
    /^rule add .* fwmark \S+ iif \S+ (?:lookup \S+|unreachable)$/,
    'packets from one client to another are not routed back into mast, but leave in clear',
  ],
  [/^rule add .* iif \S+ lookup /, 'what mast has decapsulated is routed back into mast'],
  [
    /^rule add .* iif \S+ unreachable$/,
    'what mast has decapsulated, and main has no route for, is routed back into mast',
  ],
  [/^rule add .* fwmark \S+ lookup /, 'marked packets are not routed to the mast device, but leave in clear'],
  [
    /^rule add .* fwmark \S+ unreachable$/,
    'marked packets leave in clear when the routing table of mast is emptied',
  ],
  [/^rule del /, 'is there twice, or out of its order'],
  [/^route del /, 'is there and should not be'],
];

function ipMeaning(args: string): string {
  return `ip ${args}: ${ROUTING.find(([form]) => form.test(args))?.[1] ?? 'is to be done'}`;
}

const JUMPS: readonly (readonly [RegExp, string])[] = [
  [/^-I PREROUTING 1 -j IPSEC$/, 'forwarded packets do not meet the rules, or others first'],
  [/^-I OUTPUT 1 -j IPSEC$/, 'packets of this host do not meet the rules, or others first'],
  [/^-I IPSEC 1 .*-j NEW_IPSEC_CONN$/, 'the frame in IPSEC is not there, or not in its order'],
  [/^-I NEW_IPSEC_CONN 1 .*-j SAREF-ENTRIES$/, 'packets do not meet the entries, or rules of others first'],
  [
    /^-I PREROUTING \d+ .*-j SAREF-IN$/,
    'clients are answered as the entries say, not by the conn that they came in by',
  ],
  [
    /^-I (?:PREROUTING|FORWARD) \d+ .*-j SAREF-ONWARD(?:-BY)?$/,
    'packets from one client to another are not sent on by mast',
  ],
  [
    /^-I PREROUTING \d+ .*-j SAREF-ZONE$/,
    'clients with the same addresses and ports are taken for one: the last to speak gets the answers',
  ],
  [
    /^-I POSTROUTING \d+ .*-j SAREF-PROTECT$/,
    'packets for protected networks that no entry takes leave in clear',
  ],
  [
    /^-I \S+ \d+ -j SAREF-ALIAS$/,
    'the nat table may be missing: the second of two clients with the same addresses and ports is dropped',
  ],
];
