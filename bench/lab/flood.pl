# Sends small UDP packets to each of the addresses in turn, for at least so many milliseconds of process
# time. On stdout: how many, and the nanoseconds of process time that they took.
use v5.10;
use strict;
use warnings;
use Socket qw(AF_INET SOCK_DGRAM inet_aton pack_sockaddr_in);

my ($limit, $source, @targets) = @ARGV;
my @ends = map { pack_sockaddr_in(9, inet_aton($_)) } @targets;
socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
bind $socket, pack_sockaddr_in(0, inet_aton($source)) or die "$source: $!\n";

sub used {
  open my $file, '<', '/proc/self/schedstat' or die "schedstat: $!\n";
  return (split ' ', <$file>)[0];
}

sub send_all {
  for my $end (@ends) {
    defined send $socket, 'saref-mark', 0, $end or die "send: $!\n";
  }
}

# the first packet to each builds what later ones find
send_all();
my ($sent, $spent, $start) = (0, 0, used());
# asking for the time costs as much as some packets: ever more of them between
for (my $rounds = 1; $spent < $limit * 1_000_000; $rounds *= 2) {
  send_all() for 1 .. $rounds;
  $sent += $rounds * @ends;
  $spent = used() - $start;
}
say "$sent $spent";
