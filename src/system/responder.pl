# Answers each datagram, as a server of UDP does that takes a moment to think: when no more have come for a
# while, so that clients that speak at the same time are answered when all have spoken. The two arguments are
# the address and the port to listen at. Says ready once it does; ends when nobody holds its input any more.
use strict;
use warnings;
use IO::Select;
use Socket qw(AF_INET SOCK_DGRAM inet_aton pack_sockaddr_in);
use constant MOMENT => 0.03; # seconds

$| = 1;
my ($address, $port) = @ARGV;
socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "$!\n";
bind $socket, pack_sockaddr_in($port, inet_aton($address)) or die "$address:$port: $!\n";
print "ready\n";

my @peers;
my $all = IO::Select->new($socket, \*STDIN);
while (1) {
  my @ready = $all->can_read(@peers ? MOMENT : undef);
  for my $one (@ready) {
    if ($one == $socket) {
      my $peer = recv $socket, my $data, 99, 0;
      push @peers, $peer if defined $peer;
    } else {
      sysread STDIN, my $line, 99 or exit;
    }
  }
  next if @ready;
  # a peer that cannot be reached is for those to notice who count answers
  send $socket, 'answer', 0, $_ for @peers;
  @peers = ();
}
