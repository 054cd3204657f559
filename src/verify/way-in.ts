import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts';
import type { Cidr } from '../domain/cidr.ts';
import { cidrText, containsAddress, addressText, toAddress } from '../domain/cidr.ts';
import { BY_SOCKET } from '../domain/conn-name.ts';
import type { Packet } from '../domain/packet.ts';
import { packetText } from '../domain/packet.ts';
import { toPort } from '../domain/port-range.ts';
import { TCP } from '../domain/protocol.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, MADE_HERE } from '../domain/selector.ts';
import type { Way } from '../plan/checks/alias-route.ts';
import { decide, isProtected } from '../plan/decide.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { protectedNetworks } from '../plan/protected.ts';
import { entryWitness } from './entry-witness.ts';
import { MOST_LABELS } from './kernel-routes.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses, isOwn } from './own-addresses.ts';

/** An ssh login: from where, and to where of this host. */
export interface Login {
  readonly client: number;
  readonly clientPort: number;
  readonly server: number;
  readonly serverPort: number;
}

/** SSH_CONNECTION: `198.51.100.7 50000 10.9.1.1 22`. Undefined for IPv6, too, which no rule of ours sees. */
export function parseLogin(text: string): Login | undefined {
  const [client = '', clientPort = '', server = '', serverPort = '', ...rest] = text.split(' ');
  const addresses = { client: toAddress(client), server: toAddress(server) };
  const ports = { clientPort: toPort(clientPort), serverPort: toPort(serverPort) };
  const parts = Object.values({ ...addresses, ...ports });
  return rest.length > 0 || parts.includes(undefined) ? undefined : ({ ...addresses, ...ports } as Login);
}

/** sshd has its sockets as root. Which cgroup it is in is not known here: entries that ask are not tried. */
const SSHD = { uid: 0, gid: 0 } as const;

/** @param ctmark what the flow of the login remembers */
export function answerTo(login: Login, own: OwnAddresses, ctmark = 0): Packet {
  return {
    ...{ hook: 'OUTPUT', protocol: TCP, direction: 'reply', nfmark: 0, ctmark, ...SSHD },
    ...{ src: login.server, sport: login.serverPort, srcIsLocal: true },
    ...{ dst: login.client, dport: login.clientPort, dstIsLocal: isOwn(login.client, own) },
  };
}

/** SM1530: the next word that this host says to who gives the command would go by a tunnel, or nowhere. */
export function checkLogin(plan: MarkPlan, answer: Packet): Diagnostic[] {
  const { entry, leavesByMast } = decide(plan, answer);
  const protect = protectedNetworks(plan).find(({ network }) => containsAddress(network, answer.dst));
  if (entry !== undefined)
    return [cutOff(answer, { span: entry.origin, text: `takes them: ${wayOf(entry)}` })];
  return protect !== undefined && !leavesByMast && isProtected(plan, answer)
    ? [cutOff(answer, { span: protect.origin, text: 'drops them: they do not leave by mast' })]
    : [];
}

function wayOf({ conn, decision }: ActiveEntry): string {
  if (conn === BY_SOCKET) return 'without a SAref of the socket mast drops them';
  return decision.kind === 'block' ? `${conn} is down, and mast drops them` : `they go by ${conn}`;
}

function cutOff(answer: Packet, label: Label): Diagnostic {
  const from = addressText(answer.dst);
  return {
    code: 'SM1530',
    labels: [label],
    detail: `You are logged in from ${from}, and what this host answers is\n${packetText(answer)}\nUnless you came in by that tunnel, you will hear no more of this host.`,
    help: HELP,
  };
}

const HELP =
  'where that is not meant, leave your way in out of it; else let the host go back by itself if you are cut off:\nsaref-mark apply POLICY.yaml --confirm 60s';

/** Where people log in from who are next to this host, and what of this host they know. */
export interface Vicinity {
  readonly own: OwnAddresses;
  /** By the kernel's own routes: where an address of this host is. */
  readonly networks: readonly Way[];
  /** Ports that sshd is known to listen at. */
  readonly ports: readonly number[];
}

/** SM1531: what this host answers to logins from a network that it is a part of. */
export function checkVicinity(plan: MarkPlan, { own, networks, ports }: Vicinity): Diagnostic[] {
  const answers: Selector = {
    ...{ ...SSHD, protocol: TCP, inInterface: MADE_HERE, ...atAddresses('src', own) },
    sport: ports.map((port) => ({ first: port, last: port })),
    dport: [{ first: 1024, last: 65_535 }],
  };
  return networks
    .filter(({ device }) => device !== plan.interface)
    .flatMap(({ network, device = 'several devices' }) => {
      const within = [{ ...answers, dst: [network] }];
      const caught = caughtBy(plan, { hook: 'OUTPUT', within, without: [atAddresses('dst', own)] });
      return caught.length === 0 ? [] : [catches(caught, network, device)];
    });
}

interface Caught {
  readonly entry: ActiveEntry;
  readonly packet: Packet;
}

function caughtBy(plan: MarkPlan, wish: Parameters<typeof entryWitness>[2]): Caught[] {
  const found: Caught[] = [];
  for (const entry of activeEntriesOf(plan)) {
    const { cgroup } = entry.selector;
    const isTried = cgroup === undefined && wish.within.every((one) => commonOf(one, entry.selector));
    const packet = isTried ? entryWitness(plan, entry, wish) : undefined;
    if (packet !== undefined) found.push({ entry, packet });
    if (found.length === MOST_LABELS) break;
  }
  return found;
}

function catches(caught: readonly Caught[], network: Cidr, device: string): Diagnostic {
  const labels = caught.map(({ entry, packet }) => ({
    span: entry.origin,
    text: `takes ${packetText(packet)}: ${wayOf(entry)}`,
  }));
  return {
    code: 'SM1531',
    labels,
    detail: `${cidrText(network)} is next to this host, on ${device}. Who logs in from there gets no answer.`,
    help: HELP,
  };
}
