/** What the host says: its rules and routing, pluto, and the commands that were run. */
export const HOST = {
  SM2001: `What iptables-save printed of the table mangle cannot be read, not in whole, or not be believed.
Rules that nobody has read may set another nfmark after ours, or be lost when ours are written. So
nothing is written.

The usual causes: another program put rules into the table by nft that iptables cannot show;
iptables is of a version that prints wrong text; somebody cut a file. See what is there:

    nft list table ip mangle
    iptables-save -t mangle
`,

  SM2002: `What ip rule show printed is no list of rules. The ip rules decide whether a packet with our nfmark
is routed to mast0 or leaves in clear; without knowing them nothing is written. See what ip says,
and whether the ip in the PATH is that of iproute2:

    ip -4 rule show
`,

  SM2003: `What ipset save printed of the sets of saref-mark is not all sets and elements. A set says which
nfmark packets to a network get, so nothing is written on top of one that nobody has read. See what
ipset says, and whether the ipset in the PATH is the one that belongs to the kernel:

    ipset save
    ipset version

A file for --live needs both, for iptables-save does not print what is in a set:

    (iptables-save; ipset save) > dump
`,

  SM2101: `The text that should be pluto's status is none, or has lines about SAs that cannot be read. The
SAref of each conn is in it. Guessing one would send packets to another peer, and counting the conn
as down would stop traffic that can flow, so nothing is written.

See that pluto runs and that the text is whole, not cut by a pager or a filter. Under XFRM and from
Libreswan 3.28 on there is no mast mode, and the status has no SAref to show:

    ipsec auto --status
`,

  SM2102: `Pluto lists these conns as up and gives them no SAref, so they count as down here: their entries
block, or step aside. SArefs belong to the mast stack. KLIPS has them and nobody reads them from a
mark; XFRM (netkey) prints 0 or 4294901761 in their place, and versions from 4.0 on print nothing.

See which stack runs; mast is chosen in ipsec.conf:

    config setup
        protostack=mast
`,

  SM2201: `What conntrack printed of some running flows does not say from where to where they go, so nobody can
tell by which conn they should go now. With tracking: flow, they keep the decision of their first
packet until they end. All other flows are looked after.

The report has the lines. This has every flow decided again; those that are translated by NAT break:

    conntrack -D -f ipv4 -m 0x80000000/0x80000000
`,

  SM3001: `A command ended with an error. The report has the command as one could type it, its exit code, what
it said, and how the host is now: nothing written, all of it taken back, or somewhere in between.
Where iptables-restore names a line of its input, the report names the entry that the line comes
from.

While a change is half written, the order of the steps keeps marked packets from leaving in clear.
Remove the cause and run the same command again: it starts from what the host holds.
`,

  SM3002: `A program that is needed is not there, or the back end that was asked for is not. A host can have
two iptables, legacy and nf_tables, with tables of their own; rules written by one are not seen by
the other. So --backend nf_tables is not met by legacy.

See which there is, and install what is missing:

    iptables -V
    apt-get install iptables iproute2 procps util-linux perl-base
`,

  SM3003: `The mast device is not there. Marked packets would be routed to it and have no way out: every conn
of the policy would stand still. Nothing was written.

pluto makes the device when it starts with protostack=mast and the kernel has KLIPS. Start it
first, or give the device's name in the policy if it is not mast0:

    mast:
      interface: mast1
`,

  SM3004: `Another program holds the lock of iptables, and still did when the waiting was over. It may be
another saref-mark, a firewall that is loading, or a container runtime. Writing without the lock
could lose the rules of either.

Try again, or wait longer. If it lasts, see who has the lock (legacy has this file, nf_tables
none):

    saref-mark apply POLICY.yaml --wait 60
    fuser -v /run/xtables.lock
`,

  SM3005: `Reading and writing the tables, ip rules and routes of a host needs root, more exactly the
capability CAP_NET_ADMIN in its network namespace. Nothing was written.

Run the command as root. What needs no privilege is check, compile, explain and mark; rehearse
makes a namespace of its own, where the kernel lets users do that.
`,

  SM3006: `All commands said that they had succeeded, but what the host holds afterwards is not what was
written. What is left to do is in the report. So all of it was taken back, as far as the report
says so.

Mostly somebody else writes at the same time: a firewall that reloads, the updown script, another
saref-mark. A rule that is missing sends packets in clear, or to mast0 with no SA. Find out who it
is, then run the command again.
`,

  SM3007: `The policy could not be opened: there is no such file, it is a folder, or you may not read it. The
report has the words of the operating system. Nothing was read or written.

A policy called - is read from stdin:

    saref-mark check - < policies/site.yaml
`,

  SM3008: `The kernel has two sets of iptables tables, those of legacy and those of nf_tables, and both hold
rules here. Each packet passes both, and each tool sees its own half. Nobody can know from outside
in which of them the marks belong, so nothing is written.

It happens when a host went from one to the other and something still calls the old one. See what is
in each, and if the rules of one are left over, clear it:

    iptables-legacy-save
    iptables-nft-save

Or say which one to use, every time: --backend legacy or --backend nf_tables.
`,

  SM3009: `The back end that was asked for is not the one that holds the chains of saref-mark. Rules in both
would mark each packet twice, and which mark it leaves with would depend on the order of the hooks.

Take ours away where they are, then apply again:

    saref-mark remove --all --backend legacy
`,

  SM3010: `saref-mark exec starts a program only where each packet of it is sure to take the conn that was
asked for, or nothing. That needs an SA of the conn, and the routing that sends marked packets to
mast0 and to nowhere else. One of them is missing, so the program was not started; the exit code is
125, which programs do not use themselves.

See which conns are up, and bring the host to its policy:

    saref-mark sarefs --sarefs pluto
    saref-mark apply POLICY.yaml
`,

  SM3101: `With tracking: flow, a running flow carries its decision in the upper half of its ctmark. After a
change of the policy, flows that are to go by another conn have to forget it. The program that lists
them and takes their entries away, conntrack, is not there, or it failed.

The new rules are written and hold for new flows. A flow of a conn whose SAref has changed follows
it, for the rules see to that. Any other keeps its decision until it ends, even where the policy has
another conn for it now. Install conntrack and apply again:

    apt-get install conntrack
`,

  SM9001: `saref-mark came to a point that its authors thought impossible. The fault is its own and not that
of the policy. The report says how the host is now; if something was being written, it was taken
back or the report says what was not.

Please report it, with the text of the error, the version and, if you can, the policy:

    saref-mark --version
`,
} as const;
