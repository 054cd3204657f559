# Sends a small UDP packet every millisecond or so, to each of the addresses in turn, until its stdin is
# closed. On stdout: a line when it has begun, and at the end how many it has sent.
use v5.10;
use strict;
use warnings;
use Socket qw(AF_INET SOCK_DGRAM inet_aton pack_sockaddr_in);

my ($source, @targets) = @ARGV;
my @ends = map { pack_sockaddr_in(9, inet_aton($_)) } @targets;
socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
bind $socket, pack_sockaddr_in(0, inet_aton($source)) or die "$source: $!\n";
$| = 1;
my ($sent, $stdin, $longest) = (0, '', 600_000);
vec($stdin, fileno(STDIN), 1) = 1;
until ($sent == $longest or select(my $closed = $stdin, undef, undef, 0.001)) {
  # one that has no way is one that does not leave
  send $socket, 'saref-mark', 0, $ends[$sent % @ends];
  $sent += 1;
  say 'begun' if $sent == @ends;
}
say $sent;
