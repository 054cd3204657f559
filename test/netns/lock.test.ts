import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openNamespace } from '../../src/system/namespace.ts';
import type { Outcome } from '../../src/system/execute.ts';
import { BIN, ROOT, sarefMark } from '../support/bin.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { killingPath } from '../support/killing-path.ts';
import { whyNoNamespace } from '../support/lab.ts';

const POLICY = 'version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n';

/** Takes the lock as saref-mark does, says so, and keeps it. */
const HOLDER = `
const { takeLock } = await import('${ROOT}dist/src/system/lock.js');
await takeLock(5);
process.stdout.write('taken');
setInterval(() => undefined, 1000);
`;

/** Has the name of the lock without being one of us. */
const SQUATTER = String.raw`
use Socket; $| = 1;
socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; bind($s, pack('S a108', AF_UNIX, "\0saref-mark")) or die; listen($s, 1) or die;
print 'taken'; sleep 60;
`;

describe('the lock of saref-mark', function () {
  this.timeout(30_000);
  let lab: GatewayLab;
  let policy: string;
  const started: ChildProcess[] = [];

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
    lab = await openGatewayLab('nf_tables');
    policy = await lab.write('site.yaml', POLICY);
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map(end));
  });

  after(() => lab.close());

  async function start(...argv: readonly [string, ...string[]]): Promise<ChildProcess> {
    const [file, ...args] = lab.gateway.prefix;
    const child = spawn(file, [...args, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  const hold = (): Promise<ChildProcess> => start(process.execPath, '--input-type=module', '-e', HOLDER);

  const writers: readonly (readonly [string, () => Promise<Outcome>])[] = [
    ['apply', () => lab.run('apply', policy, '--wait', '0')],
    ['remove', () => lab.run('remove', policy, '--wait', '0')],
    ['verify --probe', () => lab.run('verify', policy, '--wait', '0', '--probe')],
  ];
  for (const [name, write] of writers) {
    it(`keeps a second writer out, who names the first and exits 75: ${name}`, async () => {
      const holder = await hold();
      const before = await lab.tools.readTable();
      const { exitCode, stderr } = await write();
      assert.equal(exitCode, 75, stderr);
      assert.match(
        stderr,
        new RegExp(`SM3011[^]* process ${String(holder.pid)} of user root \\(0\\): .*node`),
      );
      assert.match(stderr, /Nothing was written/);
      assert.equal(withoutDates(await lab.tools.readTable()), withoutDates(before));
    });
  }

  it('is free again as soon as its holder has crashed', async () => {
    await end(await hold());
    assert.equal((await lab.run('apply', policy, '--wait', '0')).exitCode, 0);
  });

  it('is not free before what its holder was about to write is written', async () => {
    const path = await killingPath(lab.pathOf('.'), 1, 'late');
    const env = ['env', `PATH=${path}:${process.env['PATH'] ?? ''}`, process.execPath, BIN] as const;
    await lab.run('remove', policy);
    const changed = ['apply', policy, '--backend', 'nf_tables', '--insecure-policy'] as const;
    assert.equal((await lab.gateway.execute({ argv: [...env, ...changed] })).failure, 'killed');
    const early = await lab.run('recover', '--wait', '0');
    assert.equal(early.exitCode, 75, early.stderr);
    assert.match(early.stderr, /SM3011[^]* process [0-9]+ of user root/);
    assert.equal((await lab.run('recover', '--wait', '20')).exitCode, 0);
    assert.match((await lab.run('status')).stdout, /^(?![^]*interrupted)/);
  });

  it('is waited for as long as --wait says', async () => {
    const holder = await hold();
    const waiting = lab.run('apply', policy, '--wait', '20');
    setTimeout(() => void end(holder), 1000);
    const { exitCode, stderr } = await waiting;
    assert.equal(exitCode, 0, stderr);
  });

  it('is not asked for by those who only read', async () => {
    await hold();
    const { exitCode, stderr } = await lab.run('diff', policy, '--wait', '0');
    assert.equal(exitCode, 0, stderr);
  });

  it('is another one in another namespace', async () => {
    await hold();
    const other = await openNamespace();
    try {
      const { exitCode, stderr } = await sarefMark(['remove', '--all', '--no-state', '--wait', '0'], other);
      assert.equal(exitCode, 0, stderr);
    } finally {
      await other.close();
    }
  });

  it('names a stranger who has taken it, and how to get rid of them', async function () {
    if (process.geteuid?.() !== 0) this.skip();
    const stranger = await start('setpriv', '--reuid', '65534', '--clear-groups', 'perl', '-e', SQUATTER);
    const { exitCode, stderr } = await lab.run('apply', policy, '--wait', '0');
    assert.equal(exitCode, 75, stderr);
    assert.match(stderr, /of user nobody \(65534\): perl[^]*taken by somebody who cannot write here/);
    assert.match(stderr, new RegExp(`kill ${String(stranger.pid)}$`, 'm'));
  });

  it('keeps exec out, which does not start its program', async function () {
    if (process.geteuid?.() !== 0) this.skip();
    await lab.run('apply', policy);
    await hold();
    const { exitCode, stdout, stderr } = await lab.run(
      ...['exec', policy, '--wait', '0', '--conn', 'a', '--', 'echo', 'started'],
    );
    assert.deepEqual([exitCode, stdout], [125, ''], stderr);
    assert.match(stderr, /SM3011/);
  });
});

function withoutDates(save: string): string {
  return save.replace(/^#.*\n/gm, '');
}
