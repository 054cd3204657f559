import type { Namespace } from '../../src/system/namespace.ts';
import { openDialogue } from './dialogue.ts';

/**
 * What stands in for the SAs: takes what leaves by a device at its far end, and carries it to a peer in
 * datagrams of port 4500, each byte changed, behind the SAref of the SA. The DSCP tells which SA a packet
 * is for. What comes in gets a mark of its SAref, as mast gives it. A peer behind a NAT is where it was
 * last heard from.
 */
const CARRY = String.raw`
use strict; use IO::Select; use Socket;
$| = 1;
my ($near, $far_end) = @ARGV;
socket(my $far, 17, SOCK_RAW, unpack('S', pack('n', 0x0800))) or die "socket: $!";
my ($index) = qx(ip -oneline link show $far_end) =~ /^([0-9]+)/;
my ($mac) = qx(ip -oneline link show $near) =~ m(link/ether (\S+));
my $place = pack('SnlSCCa8', 17, 0x0800, $index, 0, 0, 6, '');
bind($far, $place) or die "bind: $!";
my $header = pack('H12H12n', $mac =~ tr/://dr, '020000000302', 0x0800);
socket(my $wire, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
bind($wire, pack_sockaddr_in(4500, INADDR_ANY)) or die "bind: $!";
my (%out, %heard, %carried, $is_deaf);
print "ready\n";
my $all = IO::Select->new($far, $wire, \*STDIN);
while (my @ready = $all->can_read) {
  for my $one (@ready) {
    if ($one == $far) { leave() } elsif ($one == $wire) { arrive() } else { obey() }
  }
}
sub leave {
  my $from = recv($far, my $frame, 2000, 0);
  return if (unpack 'SSlSC', $from)[4] == 4;
  my $packet = substr $frame, 14;
  my $dscp = ord(substr $packet, 1, 1) >> 2;
  my ($saref, $peer) = @{$out{$dscp} // return $carried{"none-$dscp"}++};
  $carried{$saref}++;
  send($wire, pack('n', $saref) . (fixed($packet) ^ "\x5a" x length $packet), 0, $heard{$peer} // $peer);
}
sub arrive {
  my $from = recv($wire, my $data, 2000, 0);
  my ($saref, $packet) = unpack 'na*', $data;
  $heard{$saref} = $from;
  if ($packet eq '') { $near eq 'mast0' ? send($wire, $data, 0, $from) : print "done\n"; return }
  return if $is_deaf;
  setsockopt($far, SOL_SOCKET, 36, pack('L', 0x80000000 | $saref << 16)) or die "SO_MARK: $!";
  send($far, $header . ($packet ^ "\x5a" x length $packet), 0, $place) // die "send: $!";
}
sub obey {
  sysread(STDIN, my $line, 99) or exit;
  my ($word, @rest) = split ' ', $line;
  if ($word eq 'sa') {
    my ($dscp, $saref, $peer) = @rest;
    my ($host, $port) = split /:/, $peer;
    my $to = defined $port ? pack_sockaddr_in($port, inet_aton($host)) : $peer;
    $out{$dscp} = [$saref, $to];
    if (defined $port) { send($wire, pack('n', $saref), 0, $to); return }
  }
  if ($word eq 'drop') { delete $out{$rest[0]} }
  if ($word eq 'deaf') { $is_deaf = $rest[0] }
  print $word eq 'counts' ? join(' ', map { "$_=$carried{$_}" } sort keys %carried) : 'done', "\n";
}
# a packet has no checksum of its payload yet where a device would have added it
sub fixed {
  my ($packet) = @_;
  substr($packet, 1, 1) = "\0";
  substr($packet, 10, 2) = "\0\0";
  substr($packet, 10, 2) = sum(substr $packet, 0, 20);
  my $protocol = ord substr $packet, 9, 1;
  my $at = {6, 16, 17, 6}->{$protocol} // return $packet;
  my $data = substr $packet, 20;
  substr($data, $at, 2) = "\0\0";
  substr($data, $at, 2) = sum(substr($packet, 12, 8) . pack('CCn', 0, $protocol, length $data) . $data);
  return substr($packet, 0, 20) . $data;
}
sub sum {
  my ($bytes) = @_;
  $bytes .= "\0" if length($bytes) % 2;
  my $sum = unpack '%32n*', $bytes;
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  return pack 'n', ~$sum & 0xffff;
}
`;

export interface Carrier {
  /** Packets with this DSCP go by the SA of this SAref: to `ADDRESS:PORT`, or to where another SAref came from. */
  setSa(dscp: number, saref: number, peer: string | number): Promise<void>;
  /** No packet has this DSCP to go by any more. */
  dropSa(dscp: number): Promise<void>;
  /** Nothing comes in any more. */
  setDeaf(isDeaf: boolean): Promise<void>;
  /** How many packets each SA has carried, and how many nobody has: `none-DSCP`. */
  counts(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** A gateway's mast0 ends in far-mast, a client's tun in far-tun. */
export async function openCarrier({ prefix }: Namespace, link: 'mast0' | 'tun'): Promise<Carrier> {
  const ends = link === 'tun' ? ['tun', 'far-tun'] : ['mast0', 'far-mast'];
  const dialogue = await openDialogue([...prefix, 'perl', '-e', CARRY, ...ends]);
  const tell = async (line: string): Promise<void> => {
    await dialogue.ask(line);
  };
  return {
    setSa: (dscp, saref, peer) => tell(`sa ${String(dscp)} ${String(saref)} ${String(peer)}`),
    dropSa: (dscp) => tell(`drop ${String(dscp)}`),
    setDeaf: (isDeaf) => tell(`deaf ${isDeaf ? '1' : '0'}`),
    async counts() {
      const pairs = (await dialogue.ask('counts')).split(' ').filter((pair) => pair !== '');
      return Object.fromEntries(
        pairs.map((pair) => {
          const [key = '', count] = pair.split('=');
          return [key, Number(count)] as const;
        }),
      );
    },
    close: () => dialogue.close(),
  };
}
