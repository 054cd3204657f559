import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import type { Check } from './check.ts';
import { checkOf, notApplicable } from './check.ts';

/** What the tools say of a host's devices and of its way to the peers. */
export interface LinkTexts {
  /** `ip -oneline link show`. */
  readonly links: string;
  /** `ip -4 route show default`. */
  readonly defaults: string;
  /** The iptables in use, as one calls it. */
  readonly iptables: string;
}

const NAME = 'segments';

/**
 * ESP at its longest, in bytes: an IPv4 header, UDP of NAT-T, SPI and sequence number, the IV of AES-CBC, up to
 * 15 of padding with its length and the next header, and the ICV of HMAC-SHA2-512. RFC 4303, 3602, 4868, 3948.
 */
const ESP_BYTES = 20 + 8 + 8 + 16 + 17 + 32;

/** Headers of IPv4 and TCP without options. */
const HEADER_BYTES = 40;

/**
 * SM4033: as long as mast takes packets that, with ESP around them, the device below does not, TCP has to be told
 * to send shorter segments. mast has an MTU of 16260 unless somebody sets it.
 */
export function checkSegments({ link, tables }: HostState, texts: LinkTexts): Check {
  const mtus = parseMtus(texts.links);
  const mtu = mtus.get(link.name);
  const wan = narrowestOf(mtus, texts.defaults);
  if (mtu === undefined) return notApplicable(NAME, `there is no ${link.name}`);
  if (wan === undefined) return notApplicable(NAME, 'no default route says by which device ESP leaves');
  const sizes = `${link.name} has an MTU of ${String(mtu)}, and ${wan.device} below it ${String(wan.mtu)}`;
  if (mtu < wan.mtu) return checkOf({ name: NAME, text: sizes, diagnostics: [] });
  const clamps = [...tables.mangle.chains.values()].flatMap(({ rules }) => rules.flatMap(clampIn));
  const missing = WAYS.filter(({ side }) => !clamps.some((clamp) => isFor(clamp[side], link.name)));
  const text = `${sizes}; TCP is ${missing.length === 0 ? '' : 'not '}told to send shorter segments`;
  const commands = missing.map(
    ({ chain, flag }) =>
      `${texts.iptables} -t mangle -A ${chain} ${flag} ${link.name} -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss ${String(wan.mtu - ESP_BYTES - HEADER_BYTES)}`,
  );
  const diagnostics = missing.length === 0 ? [] : [tooLong(sizes, commands)];
  return checkOf({ name: NAME, text, diagnostics });
}

/** What a client says it takes limits what is sent to it, and what is said to it what it sends. */
const WAYS = [
  { chain: 'PREROUTING', flag: '-i', side: 'inInterface' },
  { chain: 'POSTROUTING', flag: '-o', side: 'outInterface' },
] as const;

/** The options of a rule that lowers the segments of what it meets. */
function clampIn({ rule }: TableRule): Rule['builtins'][] {
  const isClamp = rule.kind === 'rule' && rule.target?.kind === 'opaque' && rule.target.name === 'TCPMSS';
  return isClamp ? [rule.builtins] : [];
}

/** Whether a rule that asks for this device may meet packets of ours. */
function isFor(asked: Rule['builtins']['inInterface'], device: string): boolean {
  if (asked === undefined) return true;
  const { value, negated } = asked;
  return (value.endsWith('+') ? device.startsWith(value.slice(0, -1)) : device === value) !== negated;
}

function tooLong(sizes: string, commands: readonly string[]): Diagnostic {
  return {
    code: 'SM4033',
    labels: [],
    detail: `${sizes}. What fills a packet of the first does not fit into one of ESP, and no rule of iptables tells TCP to send less: such packets go out in fragments, or get lost where fragments do.`,
    help: `clamp the segments:\n${commands.join('\n')}`,
  };
}

/** Lines like `5: eth1@if4: <BROADCAST,UP> mtu 1500 qdisc`. */
function parseMtus(text: string): Map<string, number> {
  const rows = [...text.matchAll(/^[0-9]+: ([^:@\s]+)[^:]*: <[^>]*> mtu ([0-9]+) /gm)];
  return new Map(rows.map(([, device = '', mtu]) => [device, Number(mtu)]));
}

/** Of the devices of default routes: a next hop of several stands in a line of its own. */
function narrowestOf(
  mtus: ReadonlyMap<string, number>,
  defaults: string,
): { readonly device: string; readonly mtu: number } | undefined {
  const devices = [...defaults.matchAll(/ dev (\S+)/g)].map(([, device = '']) => device);
  const known = devices.flatMap((device) => {
    const mtu = mtus.get(device);
    return mtu === undefined ? [] : [{ device, mtu }];
  });
  return known.sort((one, other) => one.mtu - other.mtu)[0];
}
