/**
 * What `npm start` and `npm test` need before anything else, on a machine with Node and little more:
 * Debian's packages, the packages of npm, a build. Runs before any dependency is installed.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The Debian package of each command that the program and its tests run. */
const PACKAGES = {
  'iptables-legacy-save': 'iptables',
  'iptables-nft-save': 'iptables',
  ip: 'iproute2',
  ipset: 'ipset',
  conntrack: 'conntrack',
  sysctl: 'procps',
  mount: 'mount',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  perl: 'perl-base',
};

/** Where the tools of a system live, whatever the PATH of a user says. */
const path = [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter);
const env = { ...process.env, PATH: path, DEBIAN_FRONTEND: 'noninteractive' };

/** Runs a command to its end; its output is shown only when it fails. */
function mustRun(file, args) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: root, env, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(
    `${file} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`,
  );
  process.exit(1);
}

/** Runs a command in the open and gives its exit code. */
export function run(file, args, options = {}) {
  const { status, error } = spawnSync(file, args, {
    cwd: root,
    env: { ...env, ...options.env },
    stdio: 'inherit',
  });
  if (error !== undefined) process.stderr.write(`${file}: ${error.message}\n`);
  return status ?? 1;
}

function isOnPath(command) {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function installDebianPackages() {
  const missing = Object.keys(PACKAGES).filter((command) => !isOnPath(command));
  const packages = [...new Set(missing.map((command) => PACKAGES[command]))];
  if (packages.length === 0) return;
  if (process.geteuid() !== 0 || !isOnPath('apt-get')) {
    process.stderr.write(`missing: ${missing.join(' ')}; as root: apt-get install ${packages.join(' ')}\n`);
    process.exit(69);
  }
  mustRun('apt-get', ['-qq', 'update']);
  mustRun('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages]);
}

function modified(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

export function setUp() {
  installDebianPackages();
  if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
    mustRun('npm', ['ci', '--no-audit', '--no-fund']);
  }
  mustRun(process.execPath, ['scripts/build.mjs']);
}
