/** The file as a whole, its SArefs and its conns. */
export const POLICY = {
  SM1001: `The file is not YAML, so nothing in it can be read. The usual causes are an indentation that
differs between lines of one list or map, a tab, a key that stands twice in one map, a missing
quote, or a second document behind ---.

Wrong:

    sarefs:
        lab: 18
      office: 22

Right:

    sarefs:
      lab: 18
      office: 22

Nothing is compiled from a part of a file: an entry that is not read would be an entry whose
packets leave the gateway in clear.
`,

  SM1002: `The file is YAML, but it has a key, a type or a value that the policy language does not have there,
or it lacks one that has to be there. A misspelt key is an error and not ignored: an entry without
its dst: would catch the packets of other conns.

Wrong:

    entries:
      - conn: lab
        dts: 192.168.0.0/24

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24

A name that YAML reads as a number or as true or false has to be put in quotes; a number in quotes
is text. The report names the key that is meant, or those that there are.
`,

  SM1003: `The file is larger than 16 MB. It is not read further: a file of that size is seldom a policy, and
every entry becomes a rule that each packet of the gateway may have to pass.

Look whether it is the file that you meant. Entries for single addresses of one conn can mostly be
written as one entry for the network that they are in.
`,

  SM1004: `The table that entries: { file } names is not CSV as RFC 4180 has it: a quote is missing or stands
inside of a cell without quotes, a line has more or fewer cells than there are columns, a column is
there twice or has no name, or the file is not UTF-8.

    conn,dst,proto,dport,description
    office,192.168.0.0/24,udp,53 1000-1999,"the ""old"" lab, and its printers"
    shop,192.168.7.0/24,,,

The first line says which key of an entry each column is. An empty cell says nothing, as if the key
were not there. Several networks or ports in one cell have blanks between them. Commas separate
cells, or semicolons where the first line has them and no comma.

An entry that is read with its cells in the wrong columns would send packets by another conn, so
nothing is compiled from a table with a mistake in it.
`,

  SM1005: `Two files of a folder say the same thing. The files are read in the order of their names as one
policy: their entries one after the other, their maps of sarefs and networks together. A conn in
sarefs, a name in networks, and each other key of a policy can stand in one of the files alone;
version may stand in each.

Which of the two is meant cannot be told from the order: with the wrong SAref, packets go to another
peer.
`,

  SM1006: `A SAref has 15 bits and 0 means none: there are 32767 of them, and no more conns than that can be up
at a time. Which of more conns are up would decide whose packets are blocked, so such a policy is
refused as a whole.

Put the clients behind several gateways, or give those that need no tunnel of their own a common
one: a conn can have any number of entries.
`,

  SM1007: `A column of the table that entries: { file } names is called by none of the keys that an entry can
have. It is an error and not ignored: an entry without its dst: would catch the packets of other
conns.

    conn,dst,proto

The report names the key that is meant, or those that there are. Columns for people are called
description and contact.
`,

  SM1008: `The policy says that its entries are in another file, and nobody knows where to look for that: the
name of a table is taken from the folder of its policy, and a policy from stdin is in none. It
would not be found in whatever folder the command happens to be run in, or another one would.

Write the whole path:

    entries: { file: /etc/saref-mark/clients.csv }
`,

  SM1009: `No file of the folder is a policy. Those that are called *.yaml, *.yml or *.json are read; hidden
files and what editors and packages leave behind (file~, file.bak, file.dpkg-old, file.rpmsave) are
not. With --verbose each file that is passed over is shown.

Without an entry everything would leave by the default route, in clear. To have it so, say it in a
file:

    version: 1
    entries: []
`,

  SM1201: `A SAref is the index of an SA. It has 15 bits: 1 to 32767, and 0 means none. A larger number does
not fit into the nfmark. Its upper bits would be lost, and mast would read the SAref of another SA
from what is left: packets of this conn would go to another conn's peer, encrypted for the wrong
one.

Wrong:

    sarefs:
      lab: 40000

Right:

    sarefs:
      lab: 18

40000 would become nfmark 0x9c400000, which is SAref 7232. The number to write is the refhim= that
pluto shows for the conn:

    ipsec auto --status
`,

  SM1202: `The number is an nfmark, and a SAref belongs here. An nfmark is 0x80000000 | refhim << 16;
saref-mark makes it from the SAref by itself. In decimal, as conntrack prints nfmarks, it is easily
taken for one.

Wrong:

    sarefs:
      lab: 2148663296

Right:

    sarefs:
      lab: 18

2148663296 is 0x80120000, and the SAref in it is 18. To see what is in another number:

    saref-mark mark 2148663296
`,

  SM1203: `Two conns have one SAref. A SAref belongs to one SA, so at least one of the two is out of date or a
slip. The packets of both conns would go by the same SA. mast drops those that are not inside of
its networks; where both conns have the same networks behind them, one client gets what was for the
other.

Wrong:

    sarefs:
      lab: 18
      office: 18

Right:

    sarefs:
      lab: 18
      office: 22

Look up the refhim= of both. A conn that has no SA now is written as down:

    ipsec auto --status
`,

  SM1301: `An entry names a conn that is not in sarefs:. Without its SAref there is no nfmark to give to the
packets of the entry.

Wrong:

    sarefs:
      lab: 18
    entries:
      - conn: lap
        dst: 192.168.0.0/24

Right:

    sarefs:
      lab: 18
    entries:
      - conn: lab
        dst: 192.168.0.0/24

If the name is right, add the conn to sarefs: with its refhim, or as down while it has no SA. The
packets of a conn that is down are blocked, unless the entry says down: skip.
`,

  SM1302: `Two entries match the same packets. The first that matches decides, so the second never does: if it
names another conn, that conn gets no packet at all by it.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/24
      - conn: office
        dst: 192.168.0.0/24

Right:

    entries:
      - conn: lab
        src: 10.9.1.0/24
        dst: 192.168.0.0/24
      - conn: office
        src: 10.9.2.0/24
        dst: 192.168.0.0/24

Delete one of the two, or tell them apart by more than they have. If the second is to stand in
while the first is down, say down: skip in the first.
`,

  SM1303: `The name of a conn stands in the comment of its rules, by which saref-mark knows them again. A
comment of iptables has 255 bytes; iptables cuts a longer one off without a word, and the rules
would never be equal to those that the policy wants.

Give the conn a shorter name in ipsec.conf and in the policy. Bytes count, not letters: outside of
ASCII a letter takes two to four.
`,

  SM1304: `An entry says nothing about its packets. It would match every packet that the gateway makes or
forwards, also those that are for other conns or for no conn.

Wrong:

    entries:
      - conn: lab

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/24

Say which packets are meant by src:, dst:, proto: or in:. If it is all of them, say so with dst:
0.0.0.0/0, and make it the last entry.
`,

  SM1305: `Earlier entries decide all packets that this entry matches, one of them or several together, so it
never decides anything. Its packets go by other conns than it says.

Wrong:

    entries:
      - conn: lab
        dst: 192.168.0.0/25
      - conn: office
        dst: 192.168.0.128/25
      - conn: home
        dst: 192.168.0.0/24

Right:

    entries:
      - conn: lab
        dst: 192.168.0.0/25
      - conn: home
        dst: 192.168.0.128/25

Put narrow entries in front of wide ones, or delete the entry. An earlier entry with down: skip
counts as no obstacle: while its conn is down, it leaves its packets to those behind it.
`,

  SM1306: `The conn is a template, for clients at any address, and pluto has several live instances of it.
Each has SAs and a SAref of its own, and an entry gives its packets one nfmark: saref-mark would
have to choose whose client gets them.

Where pluto shows "rw"[1] and "rw"[2], an entry with conn: rw is refused. Name the instance:

    - conn: rw[1]
      dst: 192.168.0.0/24

pluto numbers the instances anew when clients come back. An entry that has to outlive that needs a
conn of its own for this client in ipsec.conf.
`,
} as const;
