import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * When the program that was asked for is killed: behind a command that it starts, or in front of it.
 * late: in front of it, and the command does its work all the same, when nobody waits for it any more.
 * hangs, lies: it is not killed, and the command does not end, or does nothing and says that it has.
 */
export type Moment = 'before' | 'after' | 'late' | 'hangs' | 'lies';

const TOOLS = ['ip', 'ipset', 'sysctl', 'conntrack', 'iptables-legacy-restore', 'iptables-nft-restore'];

/** Arguments by which a command writes. */
const WRITES = /^-batch |(?:^| )(?:-w|-D|add|del|set|restore|--noflush)(?: |$)/;

/** What comes in front of its work; in two seconds a next run would have ended, if it did not wait. */
const IN_FRONT: Readonly<Record<Moment, string>> = {
  before: "kill 'KILL', getppid; exit 1;",
  after: '',
  late: "kill 'KILL', getppid; sleep 2;",
  hangs: 'sleep 3600;',
  lies: 'exit 0;',
};

/**
 * A folder for the front of PATH, with the tools that write. They kill whoever starts them, at the Nth
 * command that writes, and then they do no more. Each counts by adding a byte to the file `count`. The 0th
 * does not come: then they count alone.
 */
export async function killingPath(folder: string, n: number, moment: Moment): Promise<string> {
  const path = join(folder, `kill-${String(n)}-${moment}`);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'count'), '');
  for (const tool of TOOLS) {
    await writeFile(join(path, tool), script(path, tool, { n, moment }));
    await chmod(join(path, tool), 0o755);
  }
  return path;
}

function script(path: string, tool: string, { n, moment }: { n: number; moment: Moment }): string {
  return `#!/usr/bin/perl
# finds the tool of its name behind this folder
$ENV{PATH} = join ':', grep { $_ ne '${path}' } split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin';
exec '${tool}', @ARGV unless "@ARGV" =~ /${WRITES.source}/;
open my $f, '>>', '${path}/count' or die; syswrite $f, 'x'; close $f;
my $isIt = -s '${path}/count' == ${String(n)};
if ($isIt) { ${IN_FRONT[moment]} }
my $status = system '${tool}', @ARGV;
kill 'KILL', getppid if $isIt && '${moment}' eq 'after';
exit $status >> 8;
`;
}
