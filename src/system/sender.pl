# Sends IP packets as they are: Node has no raw sockets. A program of its own, to be run inside a namespace.
# Each line of input is a packet: the device to send by, - to send as a host that has the source as an
# address of its own, or * to send as one that has not; and all bytes in hex. Each line of output is what
# became of it: sent, or the error. Behind the bytes stand the user and the group that send.
use v5.10;
use strict;
use warnings;
use Socket qw(AF_INET SOCK_RAW SOL_SOCKET IPPROTO_RAW pack_sockaddr_in);
use constant SO_BINDTODEVICE => 25; # include/uapi/asm-generic/socket.h
use POSIX ();

# setfsuid and setfsgid. A socket belongs to the ids that its process has for files, and these can be
# changed without losing the right to send: see credentials(7). Perl knows no other way to them.
my %calls = (x86_64 => [122, 123], aarch64 => [151, 152], i686 => [215, 216], riscv64 => [151, 152]);

$| = 1;
while (my $line = <STDIN>) {
  my ($device, $hex, $user, $group) = split ' ', $line;
  my $refusal = become($user, $group);
  print $refusal // send_packet($device, pack 'H*', $hex), "\n";
  become(0, 0);
}

sub become {
  my ($user, $group) = map { $_ + 0 } @_;
  state $now = '0 0';
  return if $now eq "$user $group";
  $now = "$user $group";
  my $calls = $calls{(POSIX::uname())[4]} or return 'nobody else can be made to send on such a machine';
  my @wanted = ($user, $group);
  for my $which (0, 1) {
    syscall $calls->[$which], $wanted[$which];
    # it says what was there before, and changes nothing for an id that is none
    my $is = syscall $calls->[$which], -1;
    return (qw(user group))[$which] . " $wanted[$which] cannot be made to send here"
      if ($is & 0xffffffff) != $wanted[$which];
  }
  return;
}

sub send_packet {
  my ($device, $packet) = @_;
  my ($source, $destination) = unpack 'x12 a4 a4', $packet;
  socket my $socket, AF_INET, SOCK_RAW, IPPROTO_RAW or return $!;
  if ($device eq '-') {
    bind $socket, pack_sockaddr_in(0, $source) or return $!;
  } elsif ($device ne '*') {
    setsockopt $socket, SOL_SOCKET, SO_BINDTODEVICE, "$device\0" or return $!;
  }
  defined send $socket, $packet, 0, pack_sockaddr_in(0, $destination) or return $!;
  return 'sent';
}
