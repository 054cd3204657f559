import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Namespace } from '../../src/system/namespace.ts';

/** A process that talks until its stdin is closed. */
export interface Talker {
  close(): Promise<void>;
}

/** Resolves when the program has said its first line. */
async function start({ prefix: [file, ...args] }: Namespace, argv: readonly string[]): Promise<Talker> {
  const child = spawn(file, [...args, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

/** One end of a flow and the other, `udp 10.9.1.1:4000 192.168.0.1:53`; with `:*` each packet is a flow of its own. */
export type FlowText = `${'udp' | 'tcp'} ${string}:${string} ${string}:${string}`;

const SEND = String.raw`
use strict; use IO::Select; use Socket;
$| = 1;
my (@sockets, @fresh);
for (@ARGV) {
  my ($protocol, $src, $sport, $dst, $dport) = split /[ :]/;
  socket(my $socket, PF_INET, $protocol eq 'udp' ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!";
  bind($socket, pack_sockaddr_in($sport, inet_aton($src))) or die "bind $_: $!";
  if ($dport eq '*') { push @fresh, [$socket, inet_aton($dst)]; next }
  connect($socket, pack_sockaddr_in($dport, inet_aton($dst))) or die "connect $_: $!";
  push @sockets, $socket;
}
print "ready\n";
my $stdin = IO::Select->new(\*STDIN);
my $count = 0;
do {
  if ($count++ % 20 == 0) { send($_->[0], 'saref', 64, pack_sockaddr_in(20000 + $count / 20, $_->[1])) for @fresh }
  send($_, 'saref', 64) for @sockets;
} until $stdin->can_read(0.001);
`;

/** Sends a packet on each flow every millisecond, a fresh one every twentieth, until it is closed. */
export function openStream(host: Namespace, flows: readonly FlowText[]): Promise<Talker> {
  return start(host, ['perl', '-e', SEND, ...flows]);
}

const ACCEPT = String.raw`
use strict; use IO::Select; use IO::Socket::INET;
$| = 1;
my $server = IO::Socket::INET->new(LocalPort => 7, Proto => 'tcp', Listen => 64, ReuseAddr => 1) or die "listen: $!";
my $all = IO::Select->new($server, \*STDIN);
print "ready\n";
while (my @ready = $all->can_read) {
  for my $one (@ready) {
    exit if $one == \*STDIN;
    if ($one == $server) { $all->add($server->accept) }
    elsif (!sysread($one, my $data, 65536)) { $all->remove($one); close $one }
  }
}
`;

/** Takes connections to port 7 of any address of the host. */
export function openServer(host: Namespace): Promise<Talker> {
  return start(host, ['perl', '-e', ACCEPT]);
}

/** Behind all that has been heard. */
const END = 'that is all';

const WATCH = String.raw`
use strict; use IO::Select; use Socket;
$| = 1;
my $ETH_P_IP = 0x0800;
socket(my $wire, 17, SOCK_DGRAM, unpack('S', pack('n', $ETH_P_IP))) or die "socket: $!";
setsockopt($wire, SOL_SOCKET, 33, pack('i', 8 << 20)) or die "SO_RCVBUFFORCE: $!";
my %name = map { /^([0-9]+): ([^:@]+)/ ? ($1, $2) : () } split /\n/, qx(ip -oneline link);
print "ready\n";
my @heard;
my $all = IO::Select->new($wire, \*STDIN);
while (my @ready = $all->can_read) {
  my $isAsked = grep { $_ == \*STDIN } @ready;
  exit if $isAsked && !sysread(STDIN, my $line, 99);
  while (defined(my $from = recv($wire, my $packet, 128, MSG_DONTWAIT))) {
    my ($index, $kind) = (unpack 'SSlSCC', $from)[2, 4];
    next if $kind == 4;
    my ($tos, $protocol) = unpack 'xCx7C', $packet;
    my ($src, $dst, $sport, $dport) = unpack 'x12a4a4nn', $packet;
    my %word = (6, 'tcp', 17, 'udp');
    push @heard, join(' ', $name{$index}, $tos >> 2, $word{$protocol}, inet_ntoa($src) . ":$sport", inet_ntoa($dst) . ($dport < 20000 ? ":$dport" : ":*")), "\n";
  }
  print splice(@heard), "${END}\n" if $isAsked;
}
`;

/** Who looks at all packets that arrive at a host. */
export interface Watch {
  /** `DEVICE DSCP FLOW` of each that has come since the last time, in their order. */
  heard(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openWatch({ prefix: [file, ...args] }: Namespace): Promise<Watch> {
  const child = spawn(file, [...args, 'perl', '-e', WATCH], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async heard() {
      child.stdin.write('what?\n');
      const heard: string[] = [];
      for (let next = await lines.next(); next.value !== END; next = await lines.next()) {
        if (next.done === true) throw new Error('the watch has ended');
        heard.push(next.value);
      }
      return heard;
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
