/** What verify and rehearse find of packets and of the host around them. */
export const VERIFIED = {
  SM4001: `A packet that this entry decides came to the mast device with another nfmark than the policy says.
mast picks the SA by the nfmark, so on a gateway the packet would go to another conn's peer, or be
dropped.

Some rule that is not ours changes it, or ours are not as the policy wants them. With --break this
is what the rehearsal has to find. Otherwise list the rules in their order and look for MARK and
CONNMARK:

    iptables-save -t mangle
`,

  SM4002: `A packet that this entry decides was sent and did not come to the mast device, nor to another one.
On a gateway the conn would be silent. If sending failed, the report has the error: ENETUNREACH and
EHOSTUNREACH mean that routing refused the packet.

Look whether a filter drops it, whether the device is up, and which way routing sends the nfmark:

    ip -4 rule show
    ip -4 route show table 50
`,

  SM4003: `A packet that this entry decides left by another device than mast: in clear. This is what
saref-mark is there to prevent; on a gateway the peer's network would be talked to without
encryption, over the internet.

The packet had no nfmark, or the ip rule or the route that leads marked packets to mast0 does not
work. See the rules in their order, and what routing does with the nfmark of the entry, here
0x80120000:

    iptables-save -t mangle
    ip route get 192.168.0.1 mark 0x80120000
`,

  SM4004: `There is no packet to send for this entry, so the rehearsal cannot show that it works. The report
says why, of packets that the host makes and of those that it forwards.

Networks that no host sends to, like 127.0.0.0/8 or 224.0.0.0/4, cannot be tried, nor can an input
interface that cannot be made in a namespace: lo, mast0, or a name that the kernel refuses. The only
packet of an entry may also belong to a flow that was sent for another one.

An entry on standby is no error: earlier ones with down: skip take all of its packets as long as
their conns are up.
`,

  SM4005: `verify followed packets through the live rules, and for this one they come to something else than
the policy: another nfmark, none, one where none belongs, another memory of its flow, or a rule that
drops it. mast picks the SA by the nfmark: the packet would go by another conn, or in clear.

The report has the packet, what the policy says, what the rules give it, and the rule that does it
or the one that the packet should meet and does not. If the rule is ours, write the policy again; if
it is not, ask who put it there:

    saref-mark apply POLICY.yaml
    saref-mark trace POLICY.yaml --packet 'udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1'
`,

  SM4006: `A marked packet does not end on the mast device, by the kernel's own answer or by the ip rules and
routes as they were read: it leaves in clear, or it is refused. Or a packet without a mark of ours
would go to mast, which drops it.

See what the kernel says of the packet, and which rule of policy routing comes first. Rules of
others, of a VPN or a second uplink, with a number below 32763 are asked before ours:

    ip -4 route get 192.168.0.1 mark 0x80120000
    ip -4 rule show
`,

  SM4007: `Something could not be looked at, so verify cannot say that it is right, and does not say so: a rule
of others that asks for what no trace can know, an ipsec.conf that may not be read, a pluto that
does not answer. The report has the reason.

What a host does not have is another matter: without an ipsec command there is no pluto to ask, and
without an ipsec.conf no setting to read. Such checks are listed as not made, and do no harm.
`,

  SM4008: `The host does not hold what the policy compiles to: rules, ip rules, routes or switches are missing,
changed, out of their order, or there in addition. The report says what that means for packets.

Somebody else wrote there: a firewall that was loaded again, the updown script, a hand. See all of
it, find out who it was, and put it right:

    saref-mark diff POLICY.yaml
    saref-mark apply POLICY.yaml
`,

  SM4009: `The policy marks packets with a SAref that is not that of the conn any more, or never was: pluto has
another one, or none, for the conn is down. mast drops a packet whose SAref no SA has; and one that
has gone over to another conn sends the packet to that conn's peer.

A SAref changes with each rekey. Take them from pluto instead of a map, and apply again whenever one
changes:

    saref-mark apply POLICY.yaml --sarefs pluto
`,

  SM4010: `ipsec.conf lets the updown script write rules of its own for this conn, in a frame for the other
kind of tracking: sareftrack=yes fits to packet, conntrack to flow. With a frame that it does not
know the script empties the chain IPSEC and writes its own: our entries are then not met.

Let saref-mark alone write rules, and have pluto read its file again:

    sareftrack=no
`,

  SM4011: `ipsec.conf lets the updown script write rules for this conn. They fit into our frame, but the script
puts them in front of ours each time when the conn comes up: until the next apply, its rule decides
for all packets between the two networks of the conn, whatever the entries say.

sareftrack is yes where nothing is said, from Openswan 2.6.32 on. To let saref-mark alone write
rules, say for each conn, or once in conn %default:

    sareftrack=no
`,

  SM4012: `verify counts the packets of a probe by rules of its own, in chains SAREF-PROBE, and could not take
all of them away again. They count, and drop, packets of the probe alone, which have a time to live
that no others have: traffic goes on as before.

The report has the command that takes them away. The next apply does so, too:

    saref-mark apply POLICY.yaml
`,

  SM4013: `The conn is up, says pluto, and where the SArefs come from it is down. Packets of its entries are
blocked, or with down: skip decided by others, although there is an SA for them.

If that is not what you want, take the SArefs from pluto:

    saref-mark apply POLICY.yaml --sarefs pluto
`,

  SM4014: `No entry of the policy speaks of these packets, and a rule that is not ours gives them a mark for
mast: they go by the SA that it names. That is how the updown script serves conns that are not in
the policy, so it may be meant.

If it is not, somebody forgot a rule. Our entries come first all the same, so what they decide is
not touched. See what is there:

    iptables-save -t mangle
`,

  SM4016: `A packet for a protected network (protect: in the policy), which no entry sends by mast, is not
dropped by the live rules: it leaves in clear by whatever route there is. SAREF-PROTECT in the
mangle table drops it, in POSTROUTING, for every device but mast and lo.

The report has the packet. Write the policy again, or follow the packet:

    saref-mark apply POLICY.yaml
    saref-mark trace POLICY.yaml --packet 'udp 10.0.0.5:7 -> 192.168.5.1:53'
`,

  SM4019: `What came in by a conn is not answered by it. mast gives a packet that it has decapsulated the
SAref of the inbound SA; a rule in SAREF-IN turns that into the memory of the packet's flow, and
the flow's answers are marked by it, whatever the entries say. Here the flow is told something else
or nothing, or its answers are marked with something else: another client gets them. So it is with
a client whose inbound SAref no conn has and whose answers are to be blocked.

The report has the packet and the rule, if there is one to name. If it is ours, write the policy
again; if it is not, ask who put it there:

    saref-mark apply POLICY.yaml
    saref-mark trace POLICY.yaml --packet 'udp 10.0.0.5:7 -> 10.9.1.1:53 in mast0 mark 0x80150000'
`,

  SM4020: `What comes in by each conn belongs to a conntrack zone of its own, by a rule in SAREF-ZONE in the
raw table. Two clients behind whose gateways the same network is may use the same addresses and
ports at the same time: in one zone, or in none, both are one flow, and the answers go to whoever
spoke last.

apply gives each conn a zone, and each keeps the one that it has. Flows that have none yet are
begun anew:

    saref-mark apply POLICY.yaml
`,

  SM4021: `When two clients use the same addresses and ports at the same time, their flows differ by their
zones on the way in alone. For the answers the nat core gives the second one another source port,
as this host sees it, and it does so only if the nat table has at least one chain of a hook. With
nf_tables, all packets of the second flow are dropped without a word where there is none, and
iptables-save prints such chains whether they are there or not: a chain with a rule is there.

apply writes two, with no rule that changes an address. See what is there:

    saref-mark apply POLICY.yaml
    iptables-save -t nat
`,

  SM4022: `Before a rule sees a packet that this host makes, the kernel wants a route for it as it is,
without a mark. There is none: connect() and sendto() say "Network is unreachable", and so does the
kernel for answers that programs here give. Packets that are only forwarded are not concerned.

Add a route by the mast device, with a source that the conn is for:

    ip route add 192.168.0.0/24 dev mast0 src 10.9.1.1

mast drops whatever comes to it without a mark, so that nothing leaves in clear by this route. Where
others reach that network in clear, and are to, let the route be the one that they take.
An unreachable or blackhole route will not do: the kernel refuses then, too.
`,

  SM4023: `Where a program does not choose the source of its packets, the kernel does, by the route that
they would take without a mark. With that source the packet is not for the entry, nor for another
one of the same conn: it leaves in clear, is dropped (protect:), or goes by another conn.

Programs that choose the source, and packets that are forwarded, are not concerned. If there are
others, add a route by the mast device, with a source that the entry is for:

    ip route add 192.168.0.0/24 dev mast0 src 10.9.1.1

mast drops whatever comes to it without a mark, so that nothing leaves in clear by this route. When
the mast device goes, so does the route: protect: keeps packets from leaving then.
`,
} as const;
