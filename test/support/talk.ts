import type { Namespace } from '../../src/system/namespace.ts';
import { openDialogue } from './dialogue.ts';
import type { FlowText } from './wire.ts';

const SERVE = String.raw`
use strict; use IO::Select; use IO::Socket::INET; use Socket;
$| = 1;
my ($name, $address) = @ARGV;
my %at = (LocalAddr => $address, LocalPort => 7, ReuseAddr => 1);
my $udp = IO::Socket::INET->new(%at, Proto => 'udp') or die "udp: $!";
my $tcp = IO::Socket::INET->new(%at, Listen => 64) or die "tcp: $!";
my (%peers, %taken);
print "ready\n";
my $all = IO::Select->new($udp, $tcp, \*STDIN);
while (my @ready = $all->can_read) {
  for my $one (@ready) {
    if ($one == $udp) { my $peer = recv($udp, my $data, 99, 0) or next; $peers{$peer} = 1; send($udp, "$name\n", 0, $peer) }
    elsif ($one == $tcp) { my $taken = $tcp->accept; $all->add($taken); $taken{$taken} = $taken }
    elsif ($one == \*STDIN) {
      sysread(STDIN, my $line, 99) or exit;
      send($udp, "$name\n", 0, $_) for keys %peers;
      send($_, "$name\n", MSG_NOSIGNAL) for values %taken;
      print "said\n";
    }
    elsif (sysread($one, my $data, 99)) { send($one, "$name\n", MSG_NOSIGNAL) }
    else { $all->remove($one); delete $taken{$one}; close $one }
  }
}
`;

/** A host that says who it is to everyone who asks at its port 7, by UDP or TCP. */
export interface Host {
  /** Says it to all who have asked, unasked. */
  speak(): Promise<void>;
  close(): Promise<void>;
}

export async function openHost(
  { prefix }: Namespace,
  { name, address }: { readonly name: string; readonly address: string },
): Promise<Host> {
  const dialogue = await openDialogue([...prefix, 'perl', '-e', SERVE, name, address]);
  return {
    async speak() {
      await dialogue.ask('');
    },
    close: () => dialogue.close(),
  };
}

/** Every answer is waited for as long as this. */
const PATIENCE_MS = 400;

const TALK = String.raw`
use strict; use Fcntl; use Socket;
$| = 1;
my @sockets = map {
  my ($protocol, $src, $sport, $dst, $dport) = split /[ :]/;
  socket(my $socket, PF_INET, $protocol eq 'udp' ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!";
  setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($socket, pack_sockaddr_in($sport, inet_aton($src))) or die "bind $_: $!";
  fcntl($socket, F_SETFL, O_NONBLOCK);
  [$socket, pack_sockaddr_in($dport, inet_aton($dst))];
} @ARGV;
my %no_way;
print "ready\n";
while (sysread(STDIN, my $line, 99)) {
  my (@answers, %sent);
  for my $one (@sockets) {
    my ($socket, $peer) = @$one;
    my $late;
    1 while defined recv($socket, $late, 99, 0) && length $late;
    next if $one->[2]++;
    connect($socket, $peer) or $!{EINPROGRESS} or $no_way{$socket} = 'unreachable';
  }
  for (1 .. ${String(PATIENCE_MS / 2)}) {
    my @open = grep { !defined $answers[$_] && !$no_way{$sockets[$_][0]} } 0 .. $#sockets;
    for my $i (@open) {
      my $socket = $sockets[$i][0];
      $sent{$i} ||= send($socket, "well?\n", MSG_NOSIGNAL) or next;
      recv($socket, my $data, 99, 0);
      ($answers[$i]) = $data =~ /(\S+)/ if length $data;
    }
    last unless @open;
    select undef, undef, undef, 0.002;
  }
  print join(' ', map { $answers[$_] // $no_way{$sockets[$_][0]} // 'nobody' } 0 .. $#sockets), "\n";
}
`;

/** Sockets that stay open. */
export interface Talk {
  /** Asks on all of them: the name of who answers, `nobody` or `unreachable` for each. */
  ask(): Promise<string[]>;
  close(): Promise<void>;
}

/** @param as what goes before the program: `setpriv` of another user, say */
export async function openTalk(
  { prefix }: Namespace,
  flows: readonly FlowText[],
  as: readonly string[] = [],
): Promise<Talk> {
  const dialogue = await openDialogue([...prefix, ...as, 'perl', '-e', TALK, ...flows]);
  return {
    ask: async () => (await dialogue.ask('')).split(' '),
    close: () => dialogue.close(),
  };
}
