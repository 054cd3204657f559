/** What entries say of who sends a packet. */
export const SENDERS = {
  SM1310: `An entry asks for packets that come in by an interface and for a user, a group or a cgroup. Who
sends a packet is known by its socket, and a packet that comes in has none on this host: no packet
is both.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        in: eth1
        user: 1000

Right, for what the user's programs send:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        user: 1000
`,

  SM1407: `A dscp: is neither a number from 0 to 63 nor the name of a class: cs0 to cs7, af11 to af43, be
and ef (RFC 2474, 2597, 3246). It is the upper six bits of what was called TOS: not the whole byte.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        dscp: 0xb8

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        dscp: ef
`,

  SM1408: `A user: or group: has no number on this host. The kernel knows accounts by number alone, and
iptables-save prints numbers: the name is looked up (getent) when the policy is read.

A group is the one that the program runs with, its primary group as a rule: not every group that
the user belongs to.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        user: nobody-of-that-name

Right, where the account is of another host:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        user: 1000
`,

  SM1409: `A cgroup: is no path of one. It is the path under the root of the hierarchy of version 2, as
/proc/PID/cgroup has it behind 0::, without the slash in front: the path of a systemd unit is
system.slice/NAME.service. Programs in cgroups below it are meant, too.

The cgroup has to be there when the rule is written (SM1512), and the kernel remembers that one:
when it goes, as that of a stopped unit does, and another is made under its name, the rule does not
match any more though it reads the same. Take the rule away and write it again then: remove, and
apply. A user or a group of its own does not have these troubles.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        cgroup: system.slice/../backup

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
        cgroup: system.slice/backup.service
`,

  SM1511: `A user: or group: has no number on this host. That does not matter to a check or a rehearsal,
which take a number that nobody has in its place; on the gateway the name has to be known (SM1408).
`,

  SM1512: `There is no such cgroup on this host now, so there is no program in it, and the kernel takes no
rule that asks for it. The entry is left out, and what there is of its rules is taken away; all
other entries are written as they are.

When the cgroup is made, run apply again before its programs send: until then their packets are
those of everybody else. The cgroup of a systemd unit comes and goes with the unit. One that stays
is made by a slice of its own (Slice= in the unit), or the programs get a user of their own.
`,

  SM1514: `A network of protect: and a network that this host has an address in overlap. Packets for hosts
there leave by that device, and not by mast: they would be dropped, those that this host sends and
those that it forwards. What is for its own addresses is not meant.

Name the network of the host as one that is not protected:

    protect: { networks: [192.168.0.0/16], except: [192.168.100.0/24] }
`,

  SM1515: `This host has a route to a network of which an alias is a part, or the whole, or an address in
it. A packet to the alias goes to the client, whoever is at that address by the route: nobody there
is reached any more. \`diff\`, \`apply\` and \`verify\` look before anything is written.

Routes by the mast device do not count, nor those that lead nowhere.

Take an alias to which there is no route:

    ip -4 route show table all
`,

  SM1516: `An alias lies in a wider network to which this host has a route. Whether there is somebody at
these addresses the route does not tell: if so, nobody from here reaches them any more, for packets
to the alias go to the client.

A default route does not count, nor does a route by the mast device.
`,

  SM1517: `An entry asks who sends, and from which addresses. Where a program does not choose its source,
the kernel does, by the route that the packet would take without a mark: often an address of the way
to the world. Then the entry does not match, and the packet leaves in clear.

Leave the source out, so that the packet is marked whatever its source is: mast drops what the conn
is not for. In an entry under defaults: that have a src:, say that it is for all.

    entries:
      - conn: lab
        src: 0.0.0.0/0
        dst: 192.168.0.0/24
        user: backup

And give the route to that network the source that the conn is for (\`saref-mark explain SM4023\`):

    ip route add 192.168.0.0/24 dev mast0 src 10.9.1.1
`,
} as const;
