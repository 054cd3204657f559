/** What becomes of a change: who else writes, what is kept of it, how it is taken back. */
export const STATE = {
  SM3011: `Only one saref-mark writes at a time in one network namespace: apply, remove, exec, and verify with
--probe. Another one is at work, and still was when the waiting was over. Nothing was written.

The lock is an abstract Unix socket, which the kernel takes away when its process ends, even by a
crash. Try again, or wait longer:

    saref-mark apply POLICY.yaml --wait 60

Any user can take the name of such a socket. The report says whose process has it; one that is
neither root's nor yours has no business there, and root may end it.
`,

  SM3012: `Between the reading of the rules and their writing somebody else changed them, so what had been
compared was no longer there. It was done again from a fresh reading, each time with the same end,
and then everything was taken back.

The updown script does this while many conns come up, a firewall while it reloads. Try again when
it is done; if it never is, two programs that manage the same rules are fighting:

    watch -d iptables-save -t mangle
`,

  SM3013: `Before it writes to the tables, saref-mark writes down what it is about to do, so that the next run
can end it if this one cannot. The folder for that cannot be used: the disk is full or read-only,
or others could change what is in it. Nothing was written.

The folder is /var/lib/saref-mark, or that of --state-dir. It belongs to root, or to who runs this,
has mode 700, and is no symbolic link; nobody else may write into the folders above it. Make room,
or go without a journal, a history and a way back:

    saref-mark apply POLICY.yaml --no-state
`,

  SM3014: `No change waits for this word. Either it was confirmed already, or its time was over and it was
taken back, or a later apply --confirm took its place and has a word of its own.

See what waits, and what became of the last one:

    saref-mark status
`,

  SM3015: `With --confirm a process of its own waits for the confirmation, and takes the change back if none
comes. It is started before anything is written. It did not start, or has ended since; so nothing
was written, or all of it was taken back.

The machine may be out of memory, or of processes for this user.
`,

  SM3016: `rollback goes back to the state before one of the last changes in this network namespace and since
this boot. There is none of that number here, or the rules of that time were for another mast
device or another routing table.

See what there is:

    saref-mark history
`,

  SM3102: `An earlier run of saref-mark was killed, or the machine stood still, while it changed the host. The
journal that it had written before told what it was about to do, and the rules told how far it had
come. What it had begun was taken back before anything else was done; where all rules stood already
they stay, and running flows were looked at again.

In between marked packets were blocked, not sent in clear. Find out who killed it.
`,

  SM3103: `An earlier run of saref-mark was killed while it changed the host, and the rules are in none of the
states on its way: somebody else has changed them since. Nobody can know any more what is to be
taken back, so nothing was, and the journal of that run was thrown away.

Bring the host to its policy, and look:

    saref-mark apply POLICY.yaml
    saref-mark verify POLICY.yaml
`,

  SM3104: `The change was made, or taken back, as the report says. Only the journal of it could not be closed,
for the disk is full or read-only by now. The next run will find the journal and the host at its
end, and close it then.
`,

  SM3105: `A change was made with --confirm and nobody has confirmed it yet. If nobody does, the host goes
back to what it was before that change, and everything that was changed since goes with it.

Confirm it, if possible over a new connection, which shows that one can still be made:

    saref-mark status
    saref-mark confirm TOKEN
`,
};
