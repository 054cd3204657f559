import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodeOf, failureDiagnostic } from '../../../src/cli/failure.ts';
import { parsePlutoStatus } from '../../../src/plan/pluto-status.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Execute } from '../../../src/system/execute.ts';
import { executeHere } from '../../../src/system/execute.ts';
import { askPluto, readPlutoStatus } from '../../../src/system/pluto.ts';
import { latin1At } from '../../support/expected.ts';
import { rowsOf, rowText } from '../../support/status.ts';

const NOT_RUNNING = 'whack: Pluto is not running (no "/run/pluto/pluto.ctl")';

/** The same, but for a shorter time. */
const hasty: Execute = (command) => executeHere({ ...command, timeLimitSeconds: 0.3 });

async function failureOf(execute: Execute): Promise<CommandFailed> {
  const cause: unknown = await readPlutoStatus(execute).then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(cause instanceof CommandFailed, String(cause));
  return cause;
}

/** A zombie has ended, whether or not anybody asks for it. */
function isRunning(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

describe('readPlutoStatus', () => {
  const path = process.env['PATH'];
  let folder = '';

  /** An `ipsec` in front of any other, and what it does. */
  function ipsec(script: string): void {
    writeFileSync(join(folder, 'ipsec'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'saref-mark-ipsec-'));
    process.env['PATH'] = `${folder}:${path ?? ''}`;
  });

  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  it('gives what ipsec auto --status prints', async () => {
    const fixture = 'fixtures/status/libreswan-3.27-instances.txt';
    ipsec(`[ "$*" = 'auto --status' ] && cat '${join(process.cwd(), fixture)}'`);
    const text = await readPlutoStatus(executeHere);
    assert.equal(text, latin1At(fixture));
    const rows = rowsOf(parsePlutoStatus({ name: 'ipsec auto --status', text })).map(rowText);
    assert.equal(rows.at(-1), 'road[2] 198.51.100.8:4500 #7 ref 15 refhim 13');
  });

  it("reads names as a policy has them, in UTF-8, and what is none as nobody's", async () => {
    ipsec(String.raw`printf '000 "z\303\274rich": a...b;\n000 "\351": a...b;\n'`);
    const text = await readPlutoStatus(executeHere);
    const { conns } = parsePlutoStatus({ name: 'ipsec auto --status', text });
    assert.deepEqual(
      conns.map(({ conn }) => conn.value),
      ['zürich', '\ufffd'],
    );
  });

  it('gives it ten seconds', async () => {
    ipsec('echo 000');
    const limits: (number | undefined)[] = [];
    await readPlutoStatus((command) => {
      limits.push(command.timeLimitSeconds);
      return executeHere(command);
    });
    assert.deepEqual(limits, [10]);
  });

  it('ends one that hangs, and all that it has started', async () => {
    ipsec(`sleep 300 & echo $! >'${folder}/child'; echo $$ >'${folder}/self'; wait`);
    const began = Date.now();
    const { outcome, kind } = await failureOf(hasty);
    assert.ok(Date.now() - began < 5000);
    assert.deepEqual([outcome.failure, outcome.exitCode, kind], ['timed out', undefined, 'cut short']);
    const pids = ['child', 'self'].map((name) => readFileSync(join(folder, name), 'latin1').trim());
    for (let tries = 0; tries < 100 && pids.some(isRunning); tries += 1) await sleep(20);
    assert.deepEqual(pids.filter(isRunning), []);
  });

  it('takes the answer of one that leaves something behind, and ends that', async () => {
    ipsec(`sleep 300 & echo $! >'${folder}/child'; echo 000`);
    assert.equal(await readPlutoStatus(hasty), '000\n');
    const pid = readFileSync(join(folder, 'child'), 'latin1').trim();
    for (let tries = 0; tries < 100 && isRunning(pid); tries += 1) await sleep(20);
    assert.equal(isRunning(pid), false);
  });

  it('says to who can go on without it what a failing one says, in UTF-8', async () => {
    ipsec(String.raw`printf 'no z\303\274rich\n' >&2; exit 3`);
    assert.deepEqual(await askPluto(executeHere), {
      kind: 'no answer',
      why: 'ipsec auto --status: exit code 3\nno zürich',
    });
  });

  it('throws what a failing one says', async () => {
    ipsec('echo 000 using kernel interface: mast; echo some trouble >&2; exit 3');
    const cause = await failureOf(executeHere);
    assert.deepEqual([cause.outcome.exitCode, cause.outcome.stderr], [3, 'some trouble\n']);
    const { code, detail } = await failureDiagnostic(cause, 'Nothing was written.');
    assert.equal(code, 'SM3001');
    assert.equal(detail, 'ipsec auto --status\nexit code 3:\n    some trouble\nNothing was written.');
    assert.equal(exitCodeOf(cause), 1);
  });

  it('does not believe one that complains', async () => {
    ipsec('echo 000; echo some trouble >&2');
    assert.equal((await failureOf(executeHere)).outcome.stderr, 'some trouble\n');
  });

  const downs = [
    ["as Openswan's whack says it", `echo '${NOT_RUNNING}' >&2; exit 1`, 1],
    ["as Libreswan's whack says it", `echo '${NOT_RUNNING}' >&2; exit 33`, 33],
    ['where a script keeps the code to itself', `echo '${NOT_RUNNING}' >&2`, 0],
    ['where it is said on stdout', `echo '${NOT_RUNNING}'; exit 1`, 1],
    ['where it is said on stdout and nowhere else', `echo '${NOT_RUNNING}'`, 0],
  ] as const;
  for (const [where, script, exitCode] of downs) {
    it(`throws when pluto does not run, ${where}`, async () => {
      ipsec(script);
      const cause = await failureOf(executeHere);
      assert.deepEqual([cause.outcome.exitCode, cause.outcome.stderr], [exitCode, `${NOT_RUNNING}\n`]);
      const { code, detail, help } = await failureDiagnostic(cause, 'Nothing was written.');
      assert.equal(code, 'SM3001');
      assert.ok(detail?.includes(`    ${NOT_RUNNING}\n`), detail);
      assert.equal(help, 'start pluto:\nipsec setup start');
    });
  }

  it('knows when only root may ask', async () => {
    ipsec(`echo 'whack: no right to communicate with pluto (access("/run/pluto/pluto.ctl"))' >&2; exit 33`);
    const cause = await failureOf(executeHere);
    assert.equal(exitCodeOf(cause), 77);
    assert.equal((await failureDiagnostic(cause, '')).help, 'run it as root');
  });

  it('says whose ipsec it is that is missing', async () => {
    // under a name that no host has: this one may have an ipsec
    const cause = await failureOf((command) =>
      executeHere({ ...command, argv: [join(folder, 'nowhere'), ...command.argv.slice(1)] }),
    );
    assert.equal(exitCodeOf(cause), 69);
    const { code, help } = await failureDiagnostic(cause, 'Nothing was written.');
    assert.equal(code, 'SM3002');
    assert.match(help ?? '', /^ipsec comes with Openswan or Libreswan/);
    assert.doesNotMatch(help ?? '', /iptables/);
  });
});

describe('a command that starts others', () => {
  it('is missing, fails and answers like any other', async () => {
    const run = async (...argv: [string, ...string[]]): Promise<unknown> => {
      const { exitCode, stdout, failure } = await executeHere({ argv, startsOthers: true });
      return failure ?? [exitCode, stdout];
    };
    assert.equal(await run('/nonexistent/tool'), 'missing');
    assert.deepEqual(await run('sh', '-c', 'echo here; exit 4'), [4, 'here\n']);
  });
});
