import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Packet } from '../../src/domain/packet.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNamespace } from '../../src/system/namespace.ts';
import { batch } from '../../src/rehearse/stage.ts';
import { bytesOf } from '../../src/verify/payload.ts';
import { packet } from './packets.ts';

const MAST_MAC = '02:00:00:00:03:01';

/**
 * A gateway at 10.9.1.1 whose mast0 ends in far-mast of the same namespace: a mark that a packet is sent
 * with there is what it comes in with, as mast itself leaves it. No rule stands in for that.
 */
export async function openMastWire(): Promise<Namespace> {
  const gateway = await openNamespace();
  const switches = [
    ...['conf.all.send_redirects=0', 'conf.default.send_redirects=0'],
    ...['ip_forward=1', 'conf.all.rp_filter=0', 'conf.default.rp_filter=0'],
  ];
  await gateway.mustRun({ argv: ['sysctl', '-w', ...switches.map((text) => `net.ipv4.${text}`)] });
  await gateway.mustRun({ argv: ['sysctl', '-w', 'net.ipv6.conf.all.disable_ipv6=1'] });
  await batch(gateway, [
    'link set dev lo up',
    `link add mast0 address ${MAST_MAC} type veth peer name far-mast`,
    'link set dev mast0 arp off up',
    'link set dev far-mast arp off up',
    'address add 10.9.1.1/32 dev lo',
    // a local answer needs a route before it can meet a rule
    'link add wan type veth peer name far-wan',
    'link set dev wan arp off up',
    'link set dev far-wan arp off up',
    'route add default dev wan',
  ]);
  return gateway;
}

/** What the far ends take is not for this host. */
export const FAR_ENDS_CLOSED = '*raw\n-A PREROUTING -i far-+ -j DROP\nCOMMIT\n';

/** A network behind the gateway, which ends in far-lan of the same namespace. */
export function addLan(gateway: Namespace, network: string): Promise<void> {
  return batch(gateway, [
    `link add lan address ${MAST_MAC} type veth peer name far-lan`,
    'link set dev lan arp off up',
    'link set dev far-lan arp off up',
    `route add ${network} dev lan`,
  ]);
}

const INJECT = String.raw`
use strict; use Socket;
$| = 1;
socket(my $wire, 17, SOCK_RAW, unpack('S', pack('n', 0x0800))) or die "socket: $!";
my ($index) = qx(ip -oneline link show far-$ARGV[0]) =~ /^([0-9]+)/;
my $to = pack('SnlSCCa8', 17, 0x0800, $index, 0, 0, 6, '');
while (my $line = <STDIN>) {
  my ($mark, $frame) = split / /, $line;
  setsockopt($wire, SOL_SOCKET, 36, pack('L', $mark)) or die "SO_MARK: $!";
  chomp $frame;
  defined send($wire, pack('H*', $frame), 0, $to) or die "send: $!";
  print "sent\n";
}
`;

/** Lets packets come in by mast0, with the mark of an inbound SA. */
export interface Injector {
  send(nfmark: number, header: Parameters<typeof packet>[0]): Promise<void>;
  close(): Promise<void>;
}

/** @param link whose far end they come from; all have one hardware address */
export function openInjector({ prefix: [file, ...args] }: Namespace, link = 'mast'): Injector {
  const child = spawn(file, [...args, 'perl', '-e', INJECT, link], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ethernet = `${MAST_MAC.replaceAll(':', '')}0200000003020800`;
  return {
    async send(nfmark, header) {
      const bytes = Buffer.from(bytesOf(packet(header) satisfies Packet)).toString('hex');
      child.stdin.write(`${String(nfmark)} ${ethernet}${bytes}\n`);
      const { value } = (await answers.next()) as { value: string | undefined };
      if (value !== 'sent') throw new Error('not sent');
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

const SERVE = String.raw`
use strict; use IO::Select; use Socket;
$| = 1;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_in(7, inet_aton('10.9.1.1'))) or die "bind: $!";
print "ready\n";
my %peers;
my $all = IO::Select->new($socket, \*STDIN);
while (my @ready = $all->can_read) {
  for my $one (@ready) {
    if ($one == $socket) { $peers{my $peer = recv($socket, my $data, 99, 0)} = 1; send($socket, 'yes', 0, $peer) }
    elsif (!sysread(STDIN, my $line, 99)) { exit }
    else { send($socket, 'still there', 0, $_) for keys %peers; print "said\n" }
  }
}
`;

/** A server of UDP at 10.9.1.1:7 that answers each packet, and speaks to all that it knows when it is told to. */
export interface EchoServer {
  speak(): Promise<void>;
  close(): Promise<void>;
}

export async function openEchoServer({ prefix: [file, ...args] }: Namespace): Promise<EchoServer> {
  const child = spawn(file, [...args, 'perl', '-e', SERVE], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async speak() {
      child.stdin.write('all\n');
      await lines.next();
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

const CLIENT = String.raw`
use strict; use IO::Select; use Socket;
$| = 1;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_in(5000, inet_aton('10.9.1.1'))) or die "bind: $!";
print "ready\n";
my $all = IO::Select->new($socket, \*STDIN);
while (my @ready = $all->can_read) {
  for my $one (@ready) {
    if ($one == $socket) {
      my ($port, $address) = unpack_sockaddr_in(recv($socket, my $data, 99, 0));
      print "from ", inet_ntoa($address), ":$port\n";
    }
    elsif (!sysread(STDIN, my $line, 99)) { exit }
    else {
      for (split ' ', $line) { send($socket, 'well?', 0, pack_sockaddr_in(7, inet_aton($_))) // die "send: $!" }
      print "sent\n";
    }
  }
}
`;

/** One socket of UDP at 10.9.1.1:5000 that sends to port 7 of others, and says from whom answers come. */
export interface Client {
  sendTo(...addresses: readonly string[]): Promise<void>;
  /** The next line: `from ADDRESS:PORT`. */
  heard(): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function openClient({ prefix: [file, ...args] }: Namespace): Promise<Client> {
  const child = spawn(file, [...args, 'perl', '-e', CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> =>
    ((await lines.next()) as { value: string | undefined }).value;
  await next();
  return {
    async sendTo(...addresses) {
      child.stdin.write(`${addresses.join(' ')}\n`);
      await next();
    },
    heard: next,
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
