import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../src/system/execute.ts';
import { sarefMark } from '../support/bin.ts';
import { BREAKAGES, breakHost, BROKEN_POLICY } from '../support/breakages.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';

interface VerifyJson {
  readonly version: number;
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly result: string; readonly packets?: number }[];
  readonly warnings: readonly object[];
}

const NOT_APPLICABLE = ['SArefs', 'updown script'];

function named({ checks }: VerifyJson, result: string): string[] {
  return checks.filter((check) => check.result === result).map(({ name }) => name);
}

for (const backend of BACKENDS) {
  describe(`verify on a live host, ${backend}`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let folder: string;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
      folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
      policy = join(folder, 'site.yaml');
      await writeFile(policy, BROKEN_POLICY);
    });

    after(async () => {
      await lab.close();
      await rm(folder, { recursive: true });
    });

    const run = (...args: readonly string[]): Promise<Outcome> =>
      sarefMark([...args, '--backend', backend], { execute: lab.gateway.execute });

    for (const tracking of ['packet', 'flow']) {
      it(`is green after an apply, tracking: ${tracking}`, async () => {
        const file = join(folder, `${tracking}.yaml`);
        await writeFile(file, BROKEN_POLICY.replace('tracking: flow', `tracking: ${tracking}`));
        assert.equal((await run('apply', file)).exitCode, 0);
        const { exitCode, stdout, stderr } = await run('verify', file);
        assert.equal(exitCode, 0, `${stdout}${stderr}`);
        assert.equal(stderr, '');
        assert.match(stdout, /^verified: the host does what the policy says$/m);
        const json = JSON.parse((await run('verify', file, '--output', 'json')).stdout) as VerifyJson;
        assert.deepEqual([json.version, json.ok, json.warnings], [1, true, []]);
        assert.deepEqual(named(json, 'failed'), []);
        assert.deepEqual(named(json, 'not checked'), NOT_APPLICABLE);
      });
    }

    for (const [what, breakage] of Object.entries(BREAKAGES)) {
      it(`is not green, and says what is wrong: ${what}`, async () => {
        assert.equal((await run('apply', policy)).exitCode, 0);
        await breakHost(lab, breakage);
        const { exitCode, stdout, stderr } = await run('verify', policy);
        assert.equal(exitCode, 5, stdout);
        assert.match(stdout, /^NOT verified: /m);
        for (const words of breakage.told) assert.match(stderr, words);
        const json = JSON.parse((await run('verify', policy, '--output', 'json')).stdout) as VerifyJson;
        assert.equal(json.ok, false);
        assert.deepEqual(named(json, 'failed'), breakage.failing);
        assert.equal((await run('apply', policy)).exitCode, 0);
        assert.equal((await run('verify', policy)).exitCode, 0);
      });
    }
  });
}
