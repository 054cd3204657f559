import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { decoded } from '../domain/decoded.ts';
import { commonOf, hexOf, isMarked, SAREF_BITS, WHOLE_MARK } from '../domain/mark.ts';
import type { IpRule } from '../host/ip-rule.ts';
import { sameIpRule } from '../host/ip-rule.ts';
import type { HostState } from '../host/state.ts';
import type { Holding } from '../system/backend-in-use.ts';
import type { Check } from './check.ts';
import { checkOf } from './check.ts';

/** What is looked at: the host, and what it should hold. */
interface Neighbourhood {
  readonly live: HostState;
  readonly target: HostState;
  /** What the other back end holds, if anything. */
  readonly beside?: Holding | undefined;
}

/** Programs that use bits of a SAref, by the names of their chains in mangle, and their bits by default. */
const USERS = [
  { name: 'Calico', chain: /^cali-/, bits: 0xffff0000, setting: 'IptablesMarkMask' },
  { name: 'Cilium', chain: /^CILIUM_/, bits: 0xffff0f00, setting: undefined },
  { name: 'Weave Net', chain: /^WEAVE/, bits: 0x00060000, setting: undefined },
  { name: 'AWS App Mesh', chain: /^APPMESH_/, bits: 0x1e7700ce, setting: undefined },
  { name: "OpenWrt's pbr", chain: /^pbr_|^PBR_/, bits: 0x00ff0000, setting: 'fw_mask' },
] as const;

/** Who else uses the marks, the ip rules and the routing table that ours depend on: warnings, for the harm is seen elsewhere. */
export function checkNeighbours({ live, target, beside }: Neighbourhood): Check {
  const diagnostics = [...users(live), ...ipRules(live, target), ...otherBackend(beside)];
  const text =
    diagnostics.length === 0
      ? 'nobody is known to use the upper half of the mark, or the routing table'
      : `${String(diagnostics.length)} of the mark, the routing table or the rules`;
  return checkOf({ name: 'other users', text, diagnostics });
}

function users({ tables }: HostState): Diagnostic[] {
  const chains = [...tables.mangle.chains.keys()];
  return USERS.flatMap(({ name, chain, bits, setting }) => {
    const found = chains.find((one) => chain.test(one));
    if (found === undefined) return [];
    const shared = hexOf(commonOf(bits, SAREF_BITS));
    return [
      {
        code: 'SM4030' as const,
        labels: [],
        detail: `${name} is here (chain ${found}): by default it has bits ${shared} of the mark to itself, which are bits of the SAref. What it sets there after our rules is another SA; what we set, it takes for its own.`,
        help:
          setting === undefined
            ? 'keep it off this host'
            : `give it other bits, of the lower half, by its setting ${setting}`,
      },
    ];
  });
}

/** Packets pass the rules of both back ends, and what is followed here is those of one. */
function otherBackend(beside: Holding | undefined): Diagnostic[] {
  if (beside === undefined) return [];
  const { name, save } = beside.backend;
  const counts = [...beside.rulesPerTable].map(([table, count]) => `${table} ${String(count)}`);
  return [
    {
      code: 'SM4032',
      labels: [],
      detail: `${name} holds rules, too (${counts.join(', ')}). Packets meet them all the same: what they drop or mark is not seen here.`,
      help: `see what is there:\n${save}`,
    },
  ];
}

/** Those in front of our lookup that take packets with our mark, and those behind that use its table. */
function ipRules(live: HostState, target: HostState): Diagnostic[] {
  const lookup = target.ipRules.findIndex(({ words }) => words.includes(' fwmark '));
  const ours = target.ipRules[lookup];
  const place = live.ipRules.findIndex((rule) => ours !== undefined && sameIpRule(rule, ours));
  const isOurs = (rule: IpRule): boolean => target.ipRules.some((one) => sameIpRule(one, rule));
  return live.ipRules.flatMap((rule, index): Diagnostic[] => {
    if (isOurs(rule)) return [];
    const text = `ip rule ${String(rule.priority)}: ${decoded(rule.words)}`;
    const isInFront = place === -1 || index < place;
    if (isInFront && takesOurs(rule))
      return [
        told(
          `${text}\nIt stands in front of ours and takes packets with the mark of a SAref: they never get to ${live.link.name}.`,
        ),
      ];
    const table = String(target.routes.table);
    return rule.words.endsWith(` lookup ${table}`)
      ? [
          told(
            `${text}\nSomebody else looks up table ${table}, too, and may change or flush it (libreswan's ipsec-interface does): give ours another number, mast: { table: 51 }.`,
          ),
        ]
      : [];
  });
}

function told(detail: string): Diagnostic {
  return { code: 'SM4031', labels: [], detail, help: 'see who there is:\nip -4 rule show' };
}

/** `fwmark 0x80000/0xff0000`; without a mask all bits count; `not` stands in front of all. */
const FWMARK = / fwmark (0x[0-9a-f]+|[0-9]+)(?:\/(0x[0-9a-f]+|[0-9]+))?(?= |$)/;

/** Whether there is a SAref whose mark it takes. Rules that do not ask for a mark are for routes, not for marks. */
function takesOurs({ words }: IpRule): boolean {
  const [, value, mask] = FWMARK.exec(words) ?? [];
  if (value === undefined) return false;
  // wg-quick has one: whatever is not its own goes into its tunnel
  if (words.startsWith('not ')) return true;
  const bits = mask === undefined ? WHOLE_MARK : Number(mask);
  return commonOf(bits, SAREF_BITS) !== 0 && (!isMarked(bits) || isMarked(Number(value)));
}
