/** What entries say of their packets, and what is only a warning. */
export const SELECTORS = {
  SM1401: `A src: or dst: is no IPv4 network. One is written as an address and a prefix length, or as an
address alone, which means this one host. Octets have no leading zeros: some programs read 010 as
8, others as 10. mast never carried IPv6, so an IPv6 network has no conn to go by.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/255.255.255.0

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
`,

  SM1402: `The address has bits set behind the prefix length: it is one host of a network, not a network.
iptables would clear those bits without a word and match the whole network where perhaps one host
was meant: packets of its neighbours would go by this conn, too.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.7/24

Right, for the host:

    entries:
      - conn: lab
        dst: 192.168.0.7/32

Right, for the network:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
`,

  SM1403: `A src: or dst: uses a name of a network that the policy does not define. Without it nobody can say
which packets the entry is for. Names are not looked up in DNS or /etc/networks: what an entry
means would then change without the policy.

Correct the name, define it under networks:, or write the network itself:

    networks:
      branch: [10.9.1.0/24, 10.9.4.0/24]
    entries:
      - conn: lab
        src: branch
        dst: 192.168.0.0/24
`,

  SM1404: `This is no port and no range of ports. A port is a number from 0 to 65535; a range is 1000-1999,
and its first port is not above its last. Names of services are not read. A range that is turned
around would match no packet: what should go by this conn would go by a later entry, or leave the
gateway in clear.

Correct the number, or swap the ends of the range.
`,

  SM1405: `The entry asks for ports, but not for a protocol that has them. Only packets of tcp, udp, sctp,
dccp and udplite carry ports; iptables refuses to look for them in others, and an icmp packet has
none to look at.

Add proto: with one of these five, or take the ports away. For tcp and udp alike, write two
entries.
`,

  SM1406: `This is no IP protocol. A protocol is a name that saref-mark knows, like tcp, udp or icmp, or a
number from 1 to 255. Names are not looked up in /etc/protocols, which differs from host to host.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        proto: tpc

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        proto: tcp

For every protocol, leave proto: out.
`,

  SM1410: `An alias stands for the one network that the entry has as its dst:, address for address. Without
a dst:, or with several networks there, nobody can say which address a packet to the alias is for;
and 0.0.0.0/0 is not the network of one client.

Wrong:

    entries:
      - conn: lab
        dst: [192.168.0.0/24, 192.168.7.0/24]
        alias: 10.101.0.0/24

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24
      - conn: lab
        dst: 192.168.7.0/24
        alias: 10.101.7.0/24
`,

  SM1411: `Addresses of an alias are mapped one to one: the network bits are exchanged, the host bits stay. So
both networks have the same prefix length. Of a longer alias a part of the network would be out of
reach, of a shorter one several addresses would be the same host.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        alias: 10.101.0.0/16

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24
`,

  SM1412: `Two aliases have addresses in common, and are not the same alias: they stand for different networks,
or for networks of different conns. A packet to such an address would be for two hosts.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24
        proto: udp
      - conn: office
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24
        proto: tcp

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24
      - conn: office
        dst: 192.168.0.0/24
        alias: 10.102.0.0/24

Several entries of one conn may share an alias, if it stands for the same network in all of them.
`,

  SM1413: `The addresses of the alias are also in a src: or a dst: of an entry, perhaps of the same one.
Packets to the alias are sent to other addresses: the hosts that have these could not be reached any
more.

Wrong:

    entries:
      - conn: lab
        src: 10.9.1.0/24
        in: eth1
        dst: 192.168.0.0/24
        alias: 10.9.1.0/24

Right:

    entries:
      - conn: lab
        src: 10.9.1.0/24
        in: eth1
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24

Take a network for it that is used nowhere, neither on this side nor behind any conn.
`,

  SM1501: `Two entries of different conns match some packets in common. The first decides those, and the
report shows one such packet. That can be meant, as with one network in front of a wider one. If it
is not, packets for one client go to another, and with equal private networks behind both it is
hard to notice.

Wrong, unless it is meant:

    entries:
      - conn: lab
        src: 10.9.1.0/24
        dst: 192.168.0.0/16
      - conn: office
        dst: 192.168.0.0/24

Right:

    entries:
      - conn: lab
        src: 10.9.1.0/24
        dst: 192.168.0.0/16
      - conn: office
        src: 10.9.2.0/24
        dst: 192.168.0.0/24

In the first form a packet from 10.9.1.1 to 192.168.0.1 goes by lab. Ask of the packet in the
report which conn it is for. Put that entry first, or give the two selectors that have nothing in
common.
`,

  SM1502: `The entry and what carries the tunnels do not go together. UDP from and to the ports of ike-ports:
is never marked where this host sends it, and neither are its own ESP and AH: an entry for these
alone holds for forwarded packets only. Say in: if that is what is meant.

If ike-ports: leaves out 500 or 4500, the entry matches this host's own IKE. An SA cannot be
negotiated through itself: once those packets carry its nfmark, rekeying fails, and when the SA
ends there is no way to a new one. The default is 500 and 4500; if pluto uses others, name all:

    mast:
      ike-ports: [500, 4500, 4510]

Or give the entry a src: or dst: in which the peer's address is not. IKE that is only forwarded,
between other hosts, goes by the entries like anything else.
`,

  SM1503: `The entry matches packets that this host sends to anywhere, and so its answers to those who reach
it from outside: the ssh login of its operator, monitoring, DNS. These would go by the conn, to a
peer who does not expect them or to nobody. The operator is locked out when the policy is applied.

Wrong:

    entries:
      - conn: lab
        dst: 0.0.0.0/0

Right, for the clients of a network behind the gateway alone:

    entries:
      - conn: lab
        src: 10.9.1.0/24
        dst: 0.0.0.0/0
        in: eth1

Say in: or a narrower dst:, so that an answer of this host is not matched. A src: alone does not
help: this host has an address in the network of its clients, and answers them from there. Packets
to this host are never marked; it is the way back that counts. Before applying it from afar, have
another way in.
`,

  SM1504: `pluto knows no conn of this name, or does not show one: it is not in ipsec.conf, was not loaded, or
is spelt otherwise. It counts as down. Its packets are blocked, or, with down: skip, left to the
entries behind it and perhaps to none: then they leave the gateway in clear.

See what pluto has, and load the conn if it is missing:

    ipsec auto --status
    ipsec auto --add NAME
`,

  SM1510: `A flow that comes in by a conn is answered by it. The inbound SAref that mast leaves in the nfmark
says which conn that is, and it is the ref of the conn, beside its refhim:

    sarefs:
      server-client1: { refhim: 18, ref: 17 }
      server-client2: 22

Here nobody knows what comes in by server-client2. It may be of any client, and an answer by the
entries could go to another one: so it is blocked. Flows that this side opens are not concerned.

Give each conn its ref, as pluto shows it, or let the entries decide about all answers:

    replies: entries
`,

  SM1525: `The networks behind two conns may be the same, and so may the addresses of two clients. Flows of
theirs differ by a conntrack zone as they come in; on the way back the kernel tells them apart by
giving the second one another source port, or another identifier to an echo of ICMP. A protocol
that has neither, like GRE or ESP, leaves it nothing to change: packets of the second client are
dropped as long as the first one's flow lives. No packet goes to the wrong client.

    sarefs:
      server-client1: { refhim: 18, ref: 17 }
      server-client2: { refhim: 22, ref: 21 }
    entries:
      - { conn: server-client1, src: 10.9.1.0/24, dst: 192.168.0.0/24, proto: gre }

Clients with addresses of their own are not concerned, nor is a flow that this side begins. Where
two have the same address and ask by such a protocol, give one of them another address in its
tunnel.
`,
} as const;
