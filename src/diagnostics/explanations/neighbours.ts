/** Who else is on the host: those who can write a policy, and those whose rules stand beside ours. */
export const NEIGHBOURS = {
  SM1530: `Whoever gives this command is logged in by ssh, and what this host answers would go by a tunnel of
the policy, or be dropped: an entry takes it, or protect does. Once that is written, the terminal
hears no more of the host. sshd says where a login comes from in SSH_CONNECTION, which is looked for
in the parents of the command, too, for sudo drops it. A flow that has a mark already keeps it, and
is not warned of.

Where you did come in by that tunnel all is well. Else leave your way in out of the entry, by its
networks or by in:, and let the host go back by itself if nobody confirms in time:

    saref-mark apply /etc/saref-mark/site.yaml --confirm 60s
`,

  SM1531: `An entry takes what this host answers to logins from a network that it has an address in itself. Who
is next to it there cannot log in any more: the answers go into a tunnel. That is so where a client
has the network that this host has, too, or an entry is wider than it was meant to be.

Say in the entry which packets are for the client: by dst, by in: where forwarded packets alone are
meant, or by an alias. These are the networks of this host:

    ip -4 route show proto kernel scope link

apply --confirm 60s has the host go back by itself where nobody can confirm any more.
`,

  SM3031: `What a policy says is done by root, to everybody's packets. So as root, apply, remove and exec take
it only from files that root, or who called sudo, alone can write: the policy, every file that it
reads, and --sarefs. Each folder on the way counts, and each symbolic link; in /tmp and other sticky
folders of root nobody can touch what is another's. Access control lists are not looked at. Commands
that only read, such as diff and verify, take any file.

Nothing was written. See that the file says what you mean, then take it away from others:

    chown root /etc/saref-mark/site.yaml
    chmod go-w /etc/saref-mark/site.yaml /etc/saref-mark

Where others are to write it, --insecure-policy has it read all the same.
`,

  SM3032: `A line for iptables-restore could not be written so that it says what it is to say: it would be cut
off, or be read as another one. Policies that get this far make no such line. But to put ours in
front, rules of others have to be named, and a program that does not use iptables-restore can give
a chain a name with quotes or blanks in it, or write a longer comment.

Nothing was written. The report has the line. See whose rule it is, and give it another name:

    iptables-save -t mangle
`,

  SM4030: `A chain of a program is here that uses bits of the mark for itself, some of them bits of the SAref.
The upper half of a mark, with bit 31 and the SAref in it, is what mast goes by. Two programs in the
same bits destroy each other's marks: packets take another SA, or none, or are taken for somebody
else's. verify says of which packets that is so now; the other program may still write its rules.

Give it bits of the lower half, which are left to others, where it has a setting for that. Programs
in the lower half, such as kube-proxy (0x4000 and 0x8000), do no harm.
`,

  SM4031: `The ip rules of this host say where a packet with a mark is routed. One of somebody else stands in
front of ours and takes packets that carry the mark of a SAref: they leave by its table, maybe in
clear. Or it uses the routing table that is for marked packets alone, and who owns it may flush it.

wg-quick has a rule for whatever does not carry its own mark, Tailscale one with the mask 0xff0000,
libreswan's ipsec-interface uses table 50. See them, and give ours or theirs another place:

    ip -4 rule show
`,

  SM4032: `iptables has two back ends, legacy and nf_tables, and a kernel holds the rules of both: each packet
meets all of them. --backend says which one saref-mark uses. The other one holds rules, and what is
said of packets here is by the rules of one alone: they may be dropped, or marked, by the other.

See the other's rules, and move them over if nothing needs them there:

    iptables-legacy-save
    iptables-nft-save
`,

  SM4033: `mast takes packets as long as its MTU, 16260 unless somebody has set it, and puts ESP around them,
up to 101 bytes. What is then longer than the device below takes goes out in fragments, which some
networks drop, and the ICMP message that would make a sender shorten its packets mostly finds no
way back into the tunnel. Small packets pass, and connections hang once there is much to send.

TCP says at its start how long segments may be. Two rules lower that, for what is sent to a client
and for what it sends: the MTU of the device below, less 101 for ESP and 40 for the inner headers.
--clamp-mss-to-pmtu is no help, for it goes by the MTU of mast. With 1500 below:

    CLAMP='-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1359'
    iptables -t mangle -A PREROUTING -i mast0 $CLAMP
    iptables -t mangle -A POSTROUTING -o mast0 $CLAMP

Which device is below is taken from the default routes. A clamp that nft has by itself is not seen
here; a rule of TCPMSS that may meet packets of mast counts, whatever its value.
`,

  SM4034: `An entry sends on by mast what has come in by mast, from one client to another. A packet that
leaves by the device by which it came in looks to the kernel like a detour: it tells who sent it, by
ICMP, to go to the next host directly. A client that believes it sends past its tunnel, or nowhere,
and each redirect is one more packet through the tunnel.

They are sent where the switch of the device or that of all is on, so both have to be off. Here, and
in a file of /etc/sysctl.d for the next boot:

    sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.mast0.send_redirects=0
`,
};
