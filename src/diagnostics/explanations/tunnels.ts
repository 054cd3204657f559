/** What entries say of tunnels inside of tunnels, from client to client, and of sockets that choose their own. */
export const TUNNELS = {
  SM1311: `With socket: saref the program that sends has told the kernel which SA its packets go by
(IP_IPSEC_REFINFO or IP_IPSEC_BINDREF), and the rule gives them SAref 0, which makes mast ask the
socket. A saref: of the entry would be a second answer to the same question.

Wrong:

    entries:
      - socket: saref
        saref: 40
        proto: udp
        sport: 1701

Right:

    entries:
      - socket: saref
        proto: udp
        sport: 1701
`,

  SM1312: `The over: of an entry names the conn whose tunnel carries that of the entry's own conn. A conn that
is over itself, or over one that is over it in turn, would be carried by nothing.

Wrong:

    sarefs: { lab: { refhim: 18, peer: 203.0.113.7 } }
    entries:
      - conn: lab
        over: lab
        dst: 192.168.0.0/24

Right, where the gateway of lab is in 172.16.0.0/16, behind office:

    sarefs: { lab: 18, office: { refhim: 22, peer: 203.0.113.7 } }
    entries:
      - conn: lab
        over: office
        dst: 192.168.0.0/24
      - conn: office
        dst: 172.16.0.0/16
`,

  SM1313: `An entry says over: that its conn is inside of another one's tunnel, and an entry of that outer conn
stands in front of it and takes some of its packets. They would go by the outer tunnel alone: at its
end they are taken out and go on in clear, where the inner tunnel was to protect them.

Wrong:

    sarefs: { lab: 18, office: { refhim: 22, peer: 203.0.113.7 } }
    entries:
      - conn: office
        dst: 192.168.0.0/16
      - conn: lab
        over: office
        dst: 192.168.7.0/24

Right:

    sarefs: { lab: 18, office: { refhim: 22, peer: 203.0.113.7 } }
    entries:
      - conn: lab
        over: office
        dst: 192.168.7.0/24
      - conn: office
        dst: 192.168.0.0/16
`,

  SM1414: `An entry with an alias: is for what mast has just decapsulated. The alias would lead the packet to
the other client, and its source would still be an address of the first one's network: where both
clients have the same network, nobody there could answer.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        alias: 10.101.0.0/24
        in: mast0

Right, where the networks of the two clients differ:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        in: mast0
`,

  SM1526: `An entry says over: which conn carries its own. The IKE that this host sends to the inner peer is
to go by the outer tunnel, too, and the entries of the outer conn say to which networks that leads.
There is none that names a network, so the IKE of the inner conn goes by the default route, and the
inner tunnel may never come up.

Right:

    sarefs: { lab: 18, office: { refhim: 22, peer: 203.0.113.7 } }
    entries:
      - conn: lab
        over: office
        dst: 192.168.0.0/24
      - conn: office
        dst: 172.16.0.0/16

An entry for every destination is not asked: the peer of the outer conn is one of them. Nor is one
with in:, user:, group:, cgroup: or socket:, or with a protocol that is not UDP.
`,

  SM1527: `IKE of this host to the networks of an outer conn goes by that conn, for over: says that the peers
of inner conns are there. Should the peer of the outer conn be in one of these networks, its own IKE
would go into its own tunnel, and the tunnel would come down with the next rekey. pluto says where
that peer is while the conn is up; a table of SArefs has to say it.

Right:

    sarefs:
      lab: 18
      office: { refhim: 22, peer: 203.0.113.7 }
    entries:
      - conn: lab
        over: office
        dst: 192.168.0.0/24
      - conn: office
        dst: 172.16.0.0/16
`,
} as const;
