# Holds a UDP socket that nobody reads from, until its stdin is closed; says so once it is bound.
use v5.10;
use strict;
use warnings;
use Socket qw(AF_INET SOCK_DGRAM INADDR_ANY pack_sockaddr_in);

socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
bind $socket, pack_sockaddr_in(9, INADDR_ANY) or die "bind: $!\n";
$| = 1;
say 'bound';
1 while <STDIN>;
