import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../../src/system/execute.ts';
import { sarefMark } from '../support/bin.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

/** So many entries that sets are worth it. */
const POLICY = `version: 1
layout: sets
sarefs: { a: 1, b: 2 }
entries:
${Array.from({ length: 40 }, (_, at) => `  - { conn: a, dst: 10.1.${String(at)}.0/24 }\n`).join('')}`;

const MORE = `${POLICY}  - { conn: b, dst: 10.2.0.0/16 }\n`;

for (const backend of BACKENDS) {
  describe(`sets that nobody has read, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let [policy, more] = ['', ''];

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      [policy, more] = [await lab.write('site.yaml', POLICY), await lab.write('more.yaml', MORE)];
    });

    after(() => lab.close());

    const printed = (...argv: [string, ...string[]]): Promise<string> => lab.gateway.mustRun({ argv });

    /** As if there were no ipset. */
    async function withoutIpset(...args: readonly [string, ...string[]]): Promise<Outcome> {
      const place = await mkdtemp(lab.pathOf('bin-'));
      await writeFile(join(place, 'ipset'), '#!/bin/sh\necho failed to execute >&2; exit 127\n', {
        mode: 0o755,
      });
      const path = `PATH=${place}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
      return sarefMark([...args, '--backend', backend], {
        execute: ({ argv, ...rest }) => lab.gateway.execute({ argv: ['env', path, ...argv], ...rest }),
      });
    }

    it('keep everybody from writing, who would leave them behind or not find them', async () => {
      const early = await withoutIpset('apply', policy);
      assert.deepEqual([early.exitCode, early.stdout], [69, '']);
      assert.match(early.stderr, /^error\[SM3002\][^]*ipset[^]*Nothing was written\./);
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
      const before = await printed(lab.tools.backend.save, '-t', 'mangle');
      for (const command of ['diff', 'apply', 'remove', 'verify'] as const) {
        const { exitCode, stdout, stderr } = await withoutIpset(command, policy);
        assert.deepEqual([command, exitCode, stdout], [command, 69, '']);
        assert.match(stderr, /^error\[SM3002\]/);
      }
      const rules = (text: string): string => text.replace(/^[#:].*\n/gm, '');
      assert.equal(rules(await printed(lab.tools.backend.save, '-t', 'mangle')), rules(before));
      assert.equal((await lab.run('remove', policy)).exitCode, 0);
      assert.equal(await printed('ipset', 'list', '-name'), '');
    });

    it('are not taken for those of the policy where a dump has the rules alone', async () => {
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
      const rules = await printed(lab.tools.backend.save);
      const sets = await printed('ipset', 'save');
      const diff = (file: string, text: string): Promise<Outcome> =>
        lab
          .write('dump', text)
          .then((dump) => sarefMark(['diff', file, '--live', dump, '--detailed-exitcode']));
      const blind = await diff(more, rules);
      assert.deepEqual([blind.exitCode, blind.stdout], [1, '']);
      assert.match(blind.stderr, /SM2003[^]*dump has rules that ask SAREF-SET-1, and not[^]*ipset save\) > /);
      assert.deepEqual((await diff(policy, rules + sets)).exitCode, 0);
      const seeing = await diff(more, rules + sets);
      assert.equal(seeing.exitCode, 2);
      assert.match(seeing.stdout, /^everything to 10\.2\.0\.0\/16 was not marked, and is now sent to b/);
      const torn = await diff(policy, rules + sets.replace(/^create .*\n/, ''));
      assert.equal(torn.exitCode, 1);
      assert.match(torn.stderr, /SM2003[^]*ipset save printed what is no set/);
      assert.equal((await lab.run('remove', policy)).exitCode, 0);
    });

    it('are left alone where they are somebody else’s, and named where they hold one of ours', async () => {
      await printed('ipset', 'create', 'SAREF-clients', 'hash:ip');
      await printed('ipset', 'create', 'SAREF-SET-x', 'hash:ip');
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
      await printed('ipset', 'create', 'others', 'list:set');
      await printed('ipset', 'add', 'others', 'SAREF-SET-1');
      const held = await lab.run('remove', policy);
      assert.equal(held.exitCode, 3);
      assert.match(held.stderr, /a rule or a set of somebody else uses SAREF-SET-1: find that/);
      await printed('ipset', 'destroy', 'others');
      assert.equal((await lab.run('remove', policy)).exitCode, 0);
      const left = await printed('ipset', 'list', '-name');
      assert.deepEqual(left.split('\n').sort(), ['', 'SAREF-SET-x', 'SAREF-clients']);
    });
  });
}
