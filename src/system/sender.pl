# Sends IP packets as they are: Node has no raw sockets. A program of its own, to be run inside a namespace.
# Each line of input is a packet: the device to send by, - to send as a host that has the source as an
# address of its own, or * to send as one that has not; and all bytes in hex. Each line of output is what
# became of it: sent, or the error.
use strict;
use warnings;
use Socket qw(AF_INET SOCK_RAW SOL_SOCKET IPPROTO_RAW pack_sockaddr_in);
use constant SO_BINDTODEVICE => 25; # include/uapi/asm-generic/socket.h

$| = 1;
while (my $line = <STDIN>) {
  my ($device, $hex) = split ' ', $line;
  print send_packet($device, pack 'H*', $hex), "\n";
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
