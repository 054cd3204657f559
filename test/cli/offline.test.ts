import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ROOT, executeAsNobody, sarefMark } from '../support/bin.ts';

const SITE = `${ROOT}policies/site.yaml`;

const BAD = `version: 1
sarefs: { lab: 40000 }
entries:
  - { conn: lap, dst: 192.168.0.0/24 }
  - { conn: lab, dst: 192.168.0.1/24 }
`;

describe('saref-mark, offline', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string };
    const { exitCode, stdout } = await sarefMark(['--version']);
    assert.deepEqual([exitCode, stdout], [0, `saref-mark ${version}\n`]);
  });

  it('lists every command in its help, and every option in the help of a command', async () => {
    const general = await sarefMark(['--help']);
    assert.equal(general.exitCode, 0);
    for (const command of ['check', 'compile', 'apply', 'rehearse'])
      assert.match(general.stdout, new RegExp(`^  ${command} `, 'm'));
    const { stdout } = await sarefMark(['rehearse', '--help']);
    for (const option of ['backend', 'break', 'color', 'output', 'verbose'])
      assert.match(stdout, new RegExp(`^  --${option}`, 'm'));
  });

  const misuses = [
    [[], 'a command is needed'],
    [['aply', SITE], "there is no command 'aply'"],
    [['check'], 'one policy file is needed'],
    [['check', SITE, SITE], 'one policy file is needed'],
    [['check', SITE, '--colour', 'never'], "Unknown option '--colour'"],
    [['check', SITE, '--output', 'xml'], '--output takes text, json'],
    [['apply', SITE, '--backend', 'nft'], '--backend takes auto, legacy, nf_tables'],
    [['apply', SITE, '--wait', 'long'], '--wait takes whole seconds'],
  ] as const;
  for (const [args, complaint] of misuses) {
    it(`exits 64 for: saref-mark ${args.join(' ').replaceAll(ROOT, '')}`, async () => {
      const { exitCode, stdout, stderr } = await sarefMark(args);
      assert.deepEqual([exitCode, stdout], [64, '']);
      assert.ok(stderr.includes(complaint), stderr);
    });
  }

  it('finds nothing wrong with the policy that is shipped', async () => {
    const { exitCode, stdout, stderr } = await sarefMark(['check', SITE]);
    assert.deepEqual([exitCode, stdout, stderr], [0, `${SITE}: no errors, 3 entries\n`, '']);
  });

  it('exits 65 for a policy with mistakes and shows each in its place', async () => {
    const { exitCode, stdout, stderr } = await sarefMark(['check', '-'], { stdin: BAD });
    assert.deepEqual([exitCode, stdout], [65, '']);
    const places = [...stderr.matchAll(/^error\[(SM\d+)\].*\n *--> <stdin>:(\d+):(\d+)$/gm)];
    assert.deepEqual(
      places.map(([, code, line, column]) => `${String(code)} ${String(line)}:${String(column)}`),
      ['SM1201 2:16', 'SM1301 4:13', 'SM1402 5:23'],
    );
  });

  it('says the same in JSON', async () => {
    const { exitCode, stdout } = await sarefMark(['compile', '-', '--output', 'json'], { stdin: BAD });
    const report = JSON.parse(stdout) as {
      version: number;
      ok: boolean;
      diagnostics: { code: string; labels: { line: number }[] }[];
    };
    assert.deepEqual([exitCode, report.version, report.ok], [65, 1, false]);
    assert.deepEqual(
      report.diagnostics.map(({ code, labels }) => [code, labels[0]?.line]),
      [
        ['SM1201', 2],
        ['SM1301', 4],
        ['SM1402', 5],
      ],
    );
  });

  it('exits 1 for a policy that is not there', async () => {
    const { exitCode, stderr } = await sarefMark(['check', '/nonexistent.yaml']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /SM3007[^]*ENOENT/);
  });

  it('colours diagnostics when asked, and not in a pipe', async () => {
    const coloured = await sarefMark(['check', '-', '--color', 'always'], { stdin: BAD });
    const plain = await sarefMark(['check', '-'], { stdin: BAD });
    assert.ok(coloured.stderr.includes('\u001b[') && !plain.stderr.includes('\u001b['));
  });

  it('compiles without privileges, to commands that a shell takes', async () => {
    const { exitCode, stdout } = await sarefMark(['compile', SITE], { execute: executeAsNobody });
    assert.equal(exitCode, 0);
    const { exitCode: parsed } = await executeAsNobody({ argv: ['sh', '-n'], stdin: stdout });
    assert.equal(parsed, 0);
    assert.match(stdout, /^iptables-restore --noflush --wait 10 <<'END'\n\*mangle\n/m);
  });

  it('names the entry of each generated line in JSON', async () => {
    const { stdout } = await sarefMark(['compile', SITE, '--output', 'json']);
    const { steps } = JSON.parse(stdout) as {
      steps: { tool: string; lines?: { text: string; origin?: string }[] }[];
    };
    const lines = steps.flatMap((step) => step.lines ?? []);
    const client2 = lines.find(({ text }) => text.includes('--comment server-client2 '));
    assert.equal(client2?.origin, `${SITE}:18:11`);
    assert.equal(lines[0]?.origin, undefined);
  });

  it('tells a failure in JSON, too', async () => {
    const { stdout } = await sarefMark(['apply', SITE, '--output', 'json'], { execute: executeAsNobody });
    const report = JSON.parse(stdout) as { ok: boolean; changed: boolean; diagnostics: { code: string }[] };
    assert.deepEqual([report.ok, report.changed, report.diagnostics[0]?.code], [false, false, 'SM3005']);
  });

  it('exits 77 where it may not touch the tables', async () => {
    const { exitCode, stderr } = await sarefMark(['apply', SITE], { execute: executeAsNobody });
    assert.equal(exitCode, 77);
    assert.match(stderr, /SM3005[^]*Nothing was written/);
  });
});
