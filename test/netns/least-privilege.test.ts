import assert from 'node:assert/strict';
import type { Execute, Outcome } from '../../src/system/execute.ts';
import { ROOT, sarefMark } from '../support/bin.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';

const SITE = '/mnt/policies/site.yaml';
const BOTH = '+net_admin,+net_raw';

/** As the units of systemd do: root, who owns files, with two capabilities. */
const ROOT_OF_UNIT = ['--bounding-set', `-all,${BOTH}`, '--inh-caps', `-all,${BOTH}`];

/** Nobody, with the same two. */
const NOBODY = [
  ...['--reuid', '65534', '--regid', '65534', '--clear-groups'],
  ...['--inh-caps', BOTH, '--ambient-caps', BOTH, '--bounding-set', `-all,${BOTH}`],
];

const PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';

for (const backend of BACKENDS) {
  describe(`CAP_NET_ADMIN and CAP_NET_RAW alone, ${backend}`, function () {
    this.timeout(60_000);
    let lab: Lab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
      lab = await openLab(backend);
      const must = (...argv: [string, ...string[]]): Promise<string> => lab.gateway.mustRun({ argv });
      await must('ip', 'link', 'set', 'dev', 'mast0', 'mtu', '1399');
      // nobody may not look into the folders of root
      await must('mount', '--bind', ROOT, '/mnt');
      // as on a host: the folder and the lock are root's
      await must('chmod', '755', '/run');
      await must('sh', '-c', 'umask 077; : > /run/xtables.lock');
      await must('install', '-d', '-m', '700', '-o', '65534', '/var/lib/of-nobody');
    });

    after(() => lab.close());

    const as = (who: readonly string[], ...args: string[]): Promise<Outcome> => {
      const execute: Execute = ({ argv, ...rest }) =>
        lab.gateway.execute({
          argv: [
            'setpriv',
            '--no-new-privs',
            ...who,
            'env',
            PATH,
            ...argv.map((word) => word.replace(ROOT, '/mnt/')),
          ],
          ...rest,
        });
      return sarefMark([...args, '--backend', backend], { execute });
    };

    it('are enough for root, as in the units: to apply, verify, go back and remove', async () => {
      for (const args of [
        ['diff', SITE],
        ['apply', SITE],
        ['verify', SITE],
        ['verify', SITE, '--probe'],
        ['rollback'],
        ['recover'],
        ['apply', SITE],
        ['remove', '--all'],
      ]) {
        const { exitCode, stderr } = await as(ROOT_OF_UNIT, ...args);
        assert.equal(exitCode, 0, `${args.join(' ')}: ${stderr}`);
      }
    });

    it("are enough for somebody else, but for the lock of the legacy tables, which is root's", async () => {
      const state = ['--state-dir', '/var/lib/of-nobody'];
      const applied = await as(NOBODY, 'apply', SITE, ...state);
      if (backend === 'legacy') {
        // routes come first, and are taken back
        assert.equal(applied.exitCode, 3, applied.stderr);
        assert.match(applied.stderr, /SM3005[^]*xtables\.lock/);
        return;
      }
      assert.equal(applied.exitCode, 0, applied.stderr);
      for (const args of [
        ['diff', SITE],
        ['verify', SITE],
        ['rollback', ...state],
      ]) {
        const { exitCode, stderr } = await as(NOBODY, ...args);
        assert.equal(exitCode, 0, `${args.join(' ')}: ${stderr}`);
      }
    });

    it("are not enough for exec, whose cgroups are root's, which is no bug", async () => {
      assert.equal((await as(ROOT_OF_UNIT, 'apply', SITE)).exitCode, 0);
      const { exitCode, stderr } = await sarefMarkExec();
      assert.equal(exitCode, 125, stderr);
      assert.match(stderr, /^error\[SM3005\]/);
    });

    const sarefMarkExec = (): Promise<Outcome> => {
      const words = [
        'exec',
        '--insecure-policy',
        '--conn',
        'server-client1',
        '--backend',
        backend,
        SITE,
        '--',
        'true',
      ];
      return lab.gateway.execute({
        argv: [
          'setpriv',
          '--no-new-privs',
          ...NOBODY,
          'env',
          PATH,
          process.execPath,
          '/mnt/bin/saref-mark',
          ...words,
        ],
      });
    };
  });
}
