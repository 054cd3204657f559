import { chmod, mkdir, writeFile } from 'node:fs/promises';
import type { Ground } from './ground.ts';
import type { Kill } from './victim.ts';
import { TOOLS } from './victim.ts';

/** Something that goes wrong while the program runs and is not killed. */
export interface Fault {
  readonly name: string;
  readonly kill: Kill;
  /** Before the program is run. */
  readonly arrange?: (ground: Ground) => Promise<void>;
  /** Before it is run again. */
  readonly repair?: (ground: Ground) => Promise<void>;
  /** It lasts until it is repaired, so that the program may have to say that it could not take all back. */
  readonly lasts?: boolean;
}

const NEVER: Kill = { kind: 'never' };
const STATE = '/var/lib/saref-mark';

async function shell({ namespace }: Ground, script: string): Promise<void> {
  await namespace.mustRun({ argv: ['sh', '-ec', script] });
}

/** A folder with all tools but one in place of that of the system. */
function missing(tool: string): Fault {
  return {
    name: 'a missing binary',
    kill: NEVER,
    arrange: (ground) =>
      shell(
        ground,
        `mkdir -p /run/all && mount --bind /usr/sbin /run/all && mount -t tmpfs tmpfs /usr/sbin
        ln -s /run/all/* /usr/sbin/ && rm /usr/sbin/${tool}`,
      ),
    repair: (ground) => shell(ground, 'umount /usr/sbin'),
  };
}

/** A state directory of its own, of a megabyte. */
function onDisk(name: string, damage: string, repair: string): Fault {
  return {
    name,
    kill: NEVER,
    arrange: (ground) =>
      shell(
        ground,
        `mkdir -p -m 700 ${STATE} && cp -a ${STATE} /run/kept && mount -t tmpfs -o mode=700,size=1m tmpfs ${STATE}
        cp -a /run/kept/. ${STATE} && ${damage}`,
      ),
    repair: (ground) => shell(ground, repair),
  };
}

/** @param left so many bytes */
function fullDisk(left: string): Fault {
  const fill = `{ head -c 1m /dev/zero > ${STATE}/.fill || true; } 2> /run/full && truncate -s -${left} ${STATE}/.fill`;
  return onDisk('a full disk', fill, `rm ${STATE}/.fill`);
}

function readOnlyDisk(): Fault {
  return onDisk(
    'a read-only state directory',
    `mount -o remount,ro ${STATE}`,
    `mount -o remount,rw ${STATE}`,
  );
}

/** From the Nth command that writes on, iptables-save leaves the table out and says so in a remark alone. */
function incompatible(n: number): Fault {
  return {
    name: 'an "incompatible" table',
    kill: NEVER,
    lasts: true,
    async arrange(ground) {
      const folder = ground.pathOf(TOOLS);
      await mkdir(folder);
      for (const tool of ['iptables-legacy-save', 'iptables-nft-save']) {
        const file = `${folder}/${tool}`;
        await writeFile(
          file,
          `#!/usr/bin/perl
$ENV{PATH} = join ':', grep { $_ ne '${folder}' } split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin';
exec '${tool}', @ARGV if -s '${ground.pathOf('kill-0-before/count')}' < ${String(n)};
my ($table) = "@ARGV" =~ /-t (\\w+)/;
print "# Table \`$table' is incompatible, use 'nft' tool.\\n";
`,
        );
        await chmod(file, 0o755);
      }
    },
  };
}

/** @param counts of commands that write, and of changes of files, when all is well */
export function faultsOf(
  backend: string,
  counts: { readonly commands: number; readonly changes: number },
): Fault[] {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
  const restore = backend === 'legacy' ? 'iptables-legacy-restore' : 'iptables-nft-restore';
  const atCommand = (name: string, moment: 'hangs' | 'lies'): Fault[] =>
    upTo(counts.commands).map((n) => ({ name, kill: { kind: 'command', n, moment } }));
  const atChange = (name: string, kind: 'ENOSPC' | 'EROFS'): Fault[] =>
    upTo(counts.changes).map((n) => ({ name, kill: { kind, n } }));
  return [
    ...['0', '4k', '16k', '64k'].map(fullDisk),
    ...atChange('a full disk', 'ENOSPC'),
    readOnlyDisk(),
    ...atChange('a read-only state directory', 'EROFS'),
    ...[restore, 'ipset', 'conntrack', 'sysctl'].map(missing),
    ...atCommand('a command that hangs', 'hangs'),
    ...atCommand('a command that lies', 'lies'),
    ...[0, 1, counts.commands].map(incompatible),
  ];
}
