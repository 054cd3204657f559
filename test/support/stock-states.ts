/** What a version of the stock updown script leaves on a gateway with three conns up. */
export interface StockState {
  /** `-A` lines of mangle, and `:CHAIN` lines. */
  readonly mangle: readonly string[];
  /** Arguments of ip. */
  readonly routing: readonly string[];
}

const CHAINS = [':IPSEC - [0:0]', ':NEW_IPSEC_CONN - [0:0]'];

const ACCEPTS = ['--dport 4500', '--sport 4500', '--dport 500', '--sport 500'].map(
  (port) => `-A OUTPUT -p udp -m udp ${port} -j ACCEPT`,
);

const JUMPS = ['-A PREROUTING -j IPSEC', ...ACCEPTS, '-A OUTPUT -j IPSEC'];

const TO_NEW = '-A IPSEC -j NEW_IPSEC_CONN';

const EVERY_BIT = '--nfmask 0xffffffff --ctmask 0xffffffff';

const BY_FLOW = [
  `-A IPSEC -j CONNMARK --restore-mark ${EVERY_BIT}`,
  '-A IPSEC -m mark --mark 0x80000000/0x80000000 -j RETURN',
  TO_NEW,
  `-A IPSEC -j CONNMARK --save-mark ${EVERY_BIT}`,
];

/** The newest first; the first two have the same networks, and the last one is in no policy here. */
const CONNS = [
  ['south', '-s 10.20.0.0/16 -d 192.168.7.0/24', '0x80440000'],
  ['north', '-s 10.20.0.0/16 -d 192.168.7.0/24', '0x80330000'],
  ['branch', '-s 10.20.0.0/16 -d 172.20.9.0/24', '0x80550000'],
] as const;

function connsIn(chain: string, isGuarded: boolean): string[] {
  return CONNS.map(([name, networks, mark]) => {
    const guard = isGuarded ? `-m mark --mark 0x0/0x80000000 -m comment --comment ${name} ` : '';
    return `-A ${chain} ${networks} ${guard}-j MARK --set-xmark ${mark}/0xffffffff`;
  });
}

const LOOKUP = [
  'rule add priority 32765 from all fwmark 0x80000000/0x80000000 lookup 50',
  'route add default dev mast0 scope link table 50',
];

const ROUTING = [...LOOKUP, 'rule add priority 32764 from all iif mast0 lookup main'];

export const STOCK_STATES: Readonly<Record<string, StockState>> = {
  'Openswan 2.6.24': {
    mangle: [':IPSEC - [0:0]', ...JUMPS, ...connsIn('IPSEC', false)],
    routing: LOOKUP,
  },
  'Openswan 2.6.28': {
    mangle: [...CHAINS, ...JUMPS, TO_NEW, ...connsIn('NEW_IPSEC_CONN', false)],
    routing: LOOKUP,
  },
  'Openswan 2.6.29': {
    mangle: [...CHAINS, ...JUMPS, TO_NEW, ...connsIn('NEW_IPSEC_CONN', true)],
    routing: ROUTING,
  },
  'Openswan 3.0.0, sareftrack=conntrack': {
    mangle: [...CHAINS, ...JUMPS, ...BY_FLOW, ...connsIn('NEW_IPSEC_CONN', true)],
    routing: ROUTING,
  },
  'Openswan 3.0.0 before the first conn': {
    mangle: [...CHAINS, ...JUMPS, TO_NEW],
    routing: ROUTING,
  },
};
