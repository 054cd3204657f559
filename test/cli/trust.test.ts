import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../src/system/execute.ts';
import { executeHere } from '../../src/system/execute.ts';
import { BIN } from '../support/bin.ts';

const POLICY = 'version: 1\nsarefs: { a: 18 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n';
const SOMEBODY = 4242;

describe('a policy that others can write', function () {
  this.timeout(20_000);
  let folder: string;
  let file: string;

  beforeEach(function () {
    if (process.geteuid?.() !== 0) this.skip();
    folder = mkdtempSync('/tmp/saref-mark-trust-');
    file = join(folder, 'site.yaml');
    writeFileSync(file, POLICY, { mode: 0o644 });
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const saying = (args: readonly string[], stdin = '', sudo?: number): Promise<Outcome> => {
    const caller = sudo === undefined ? ['-u', 'SUDO_UID'] : [`SUDO_UID=${String(sudo)}`];
    return executeHere({ argv: ['env', ...caller, process.execPath, BIN, ...args], stdin });
  };

  /** Ends in front of the host in either case: there is no such conn. */
  const exec = async (
    options: readonly string[] = [],
    more: { stdin?: string; sudo?: number } = {},
  ): Promise<string> => {
    const words = ['exec', '--conn', 'nobody', ...options, ...(more.stdin === undefined ? [file] : ['-'])];
    const { exitCode, stderr } = await saying([...words, '--', 'true'], more.stdin, more.sudo);
    assert.equal(exitCode, 125, stderr);
    return (/^error\[(SM\d+)\]/.exec(stderr) ?? [])[1] ?? '';
  };

  it('is refused by what writes, with what to do, and nothing is written', async () => {
    chmodSync(file, 0o664);
    for (const command of [['apply'], ['remove']]) {
      const { exitCode, stdout, stderr } = await saying([...command, file]);
      assert.deepEqual([exitCode, stdout], [1, '']);
      assert.match(stderr, /^error\[SM3031\] policy that others can write\n/);
      assert.ok(stderr.includes(`${file} can be written by its group`), stderr);
      assert.ok(stderr.includes(`\n    chmod go-w ${file}\n`), stderr);
    }
    assert.equal(await exec(), 'SM3031');
    assert.equal(await exec(['--insecure-policy']), 'SM3010');
  });

  it('is read by what only reads', async () => {
    chmodSync(file, 0o666);
    const { exitCode, stderr } = await saying(['diff', file, '--against', file]);
    assert.equal(exitCode, 0, stderr);
  });

  it('may belong to who called sudo, and to nobody else', async () => {
    assert.equal(await exec(), 'SM3010');
    chownSync(file, SOMEBODY, 0);
    assert.equal(await exec(), 'SM3031');
    assert.equal(await exec([], { sudo: 1 }), 'SM3031');
    assert.equal(await exec([], { sudo: SOMEBODY }), 'SM3010');
  });

  it("may be in no folder that others can write; stdin is the caller's", async () => {
    chmodSync(folder, 0o777);
    assert.equal(await exec(), 'SM3031');
    assert.equal(await exec([], { stdin: POLICY }), 'SM3010');
  });

  it('may be a file of SArefs as well', async () => {
    const sarefs = join(folder, 'sarefs.yaml');
    writeFileSync(sarefs, 'a: 18\n', { mode: 0o644 });
    assert.equal(await exec(['--sarefs', sarefs]), 'SM3010');
    chmodSync(sarefs, 0o646);
    assert.equal(await exec(['--sarefs', sarefs]), 'SM3031');
  });

  it('is missing as any file is', async () => {
    rmSync(file);
    assert.equal(await exec(), 'SM3007');
  });
});
