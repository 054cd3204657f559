import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODES } from '../../src/diagnostics/codes.ts';
import type { Outcome } from '../../src/system/execute.ts';
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

  it('says with --verbose what the host offers', async () => {
    const { exitCode, stdout } = await sarefMark(['--version', '--verbose']);
    assert.equal(exitCode, 0);
    const rows = new Map(stdout.split('\n').map((line) => [line.slice(0, 16).trim(), line.slice(18)]));
    assert.equal(rows.get('node'), process.version);
    assert.match(rows.get('iptables') ?? '', /^iptables v1\.|^both back ends hold rules/);
    for (const name of ['kernel', 'ip', 'ipset', 'marks by sets', 'conntrack', 'cgroup v2', 'capabilities'])
      assert.ok((rows.get(name) ?? '').length > 1, name);
    assert.equal((await sarefMark(['check', '--version', '--verbose'])).stdout, stdout);
  });

  it('says of who may not write which capabilities are missing', async () => {
    const { exitCode, stdout } = await sarefMark(['--version', '--verbose'], { execute: executeAsNobody });
    assert.equal(exitCode, 0);
    assert.match(stdout, /^capabilities +no CAP_NET_ADMIN \(rules/m);
  });

  it('lists every command in its help, and every option in the help of a command', async () => {
    const general = await sarefMark(['--help']);
    assert.equal(general.exitCode, 0);
    const listed = [...general.stdout.matchAll(/^ {2}(\w+) .* {2}/gm)].map(([, command]) => command);
    assert.deepEqual(listed, [
      'check',
      'compile',
      'trace',
      'diff',
      'sarefs',
      'rehearse',
      'apply',
      'confirm',
      'status',
      'history',
      'rollback',
      'recover',
      'verify',
      'remove',
      'exec',
      'explain',
      'mark',
    ]);
    const { stdout } = await sarefMark(['rehearse', '--help']);
    for (const option of ['backend', 'break', 'color', 'output', 'verbose'])
      assert.match(stdout, new RegExp(`^  --${option}`, 'm'));
  });

  it('asks for a host where check is told what is of use for one alone', async () => {
    for (const option of ['--sarefs=pluto', '--layout=tree', '--wait=1']) {
      const { exitCode, stderr } = await sarefMark(['check', SITE, option]);
      assert.equal(exitCode, 64);
      assert.match(stderr, /^saref-mark: --(?:sarefs|layout|wait) is for check --host\n/);
    }
  });

  it('says in the help of a command what it takes', async () => {
    for (const [command, operands, sentence] of [
      ['apply', 'POLICY.yaml', 'POLICY.yaml is a file, or - for stdin.'],
      ['explain', '[CODE]', 'CODE stands in the brackets'],
      ['mark', 'VALUE...', 'VALUE is a SAref'],
    ] as const) {
      const { stdout } = await sarefMark([command, '--help']);
      assert.ok(stdout.startsWith(`usage: saref-mark ${command} ${operands} [OPTIONS]\n`), stdout);
      assert.ok(stdout.includes(sentence), stdout);
    }
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
    [['explain', 'SM12O1'], "there is no code 'SM12O1'; did you mean SM1201?"],
    [['explain', 'saref'], "there is no code 'saref'; saref-mark explain lists them"],
    [['explain', 'SM1201', 'SM1301'], 'one code at a time'],
    [['trace', SITE], 'a packet is needed'],
    [['trace', SITE, '--packet', 'udp 1.2.3.4'], "--packet: 'udp 1.2.3.4' is not of the form"],
    [
      ['trace', SITE, '--packet', 'esp 1.2.3.4 -> 5.6.7.8', '--local', 'me'],
      "--local: 'me' is no IPv4 address",
    ],
    [['diff', SITE, '--live', SITE, '--against', SITE], '--against or --live, not both'],
    [['sarefs'], 'a policy or --sarefs is needed'],
    [['sarefs', SITE, SITE], 'one policy file at most'],
    [['compile', SITE, '--emit', 'all'], '--emit takes policy, plan, rules, script, sets, routing'],
    [['mark'], 'a SAref or an nfmark is needed'],
    [['mark', '18', 'lab'], "'lab' is no number"],
    [['mark', '-v'], "Unknown option '-v'"],
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

  it('finds nothing wrong with the policy in the README', async () => {
    const readme = await readFile(`${ROOT}README.md`, 'utf8');
    const [, block = ''] = /\n## A policy\n\n((?: {4}.*\n)+)/.exec(readme) ?? [];
    const { exitCode, stderr } = await sarefMark(['check', '-', '--strict'], {
      stdin: block.replace(/^ {4}/gm, ''),
    });
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(block, /^ {4}version: 1\n/);
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

  it('explains a code, written in any case', async () => {
    const { exitCode, stdout, stderr } = await sarefMark(['explain', 'sm1201']);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /^error\[SM1201\] SAref out of range\n\nA SAref is the index of an SA\./);
    assert.match(stdout, /\n {4}ipsec auto --status\n$/);
  });

  it('explains a warning as one, and in JSON', async () => {
    const { stdout } = await sarefMark(['explain', 'SM1501', '--output', 'json']);
    const { explanation, ...facts } = JSON.parse(stdout) as { explanation: string };
    assert.deepEqual(facts, {
      version: 1,
      code: 'SM1501',
      severity: 'warning',
      summary: 'overlapping entries',
      warnings: [],
      diagnostics: [],
    });
    const { stdout: text } = await sarefMark(['explain', 'SM1501']);
    assert.equal(text, `warning[SM1501] overlapping entries\n\n${explanation}`);
  });

  it('lists every code with its summary', async () => {
    const { exitCode, stdout } = await sarefMark(['explain']);
    const rows = Object.entries(CODES).map(
      ([code, { severity, summary }]) => `${code}  ${severity.padEnd(7)}  ${summary}\n`,
    );
    assert.deepEqual([exitCode, stdout], [0, rows.join('')]);
    const json = await sarefMark(['explain', '--output', 'json']);
    const { codes } = JSON.parse(json.stdout) as { codes: { code: string }[] };
    assert.deepEqual(
      codes.map(({ code }) => code),
      Object.keys(CODES),
    );
  });

  it('says which nfmark a SAref has, and which SAref is in an nfmark', async () => {
    const { exitCode, stdout } = await sarefMark(['mark', '18', '0x80121234', '-2146304000']);
    assert.equal(exitCode, 0);
    const verdicts = stdout.split('\n').filter((line) => /^\S/.test(line));
    assert.deepEqual(verdicts, [
      '18: SAref 18, nfmark 0x80120000 (2148663296)',
      '0x80121234: SAref 18, nfmark 0x80121234 (2148667956)',
      '-2146304000: SAref 18, nfmark 0x80120000 (2148663296)',
    ]);
    assert.match(stdout, /--set-xmark 0x80120000\/0xffff0000\n/);
    assert.match(stdout, /\n {2}the low 16 bits, here 0x1234, belong to others/);
  });

  const noSarefs = [
    ['0x00120000', 'bit 31 is not set', 'with it: 0x80120000, SAref 18'],
    ['0x80000000', 'SAref 0 is none'],
    ['4294901761', '"no ref can be shown"'],
    ['40000', '0x9c400000', 'SAref 7232, another SA'],
    ['32768', 'SAref 0, none'],
    ['4294967296', 'does not fit into 32 bits'],
    ['0x80120000/0x8000ffff', 'leaves out 0x7fff0000', 'takes in 0xffff', '0x120000 lies outside'],
  ] as const;
  for (const [value, ...reasons] of noSarefs) {
    it(`exits 1 for ${value}, in which there is no SAref, and says why`, async () => {
      const { exitCode, stdout } = await sarefMark(['mark', value, '18']);
      assert.equal(exitCode, 1);
      assert.ok(stdout.startsWith(`${value}: no SAref`), stdout);
      for (const reason of reasons) assert.ok(stdout.includes(reason), stdout);
      assert.match(stdout, /^18: SAref 18,/m);
    });
  }

  it('says all of it in JSON', async () => {
    const { stdout } = await sarefMark(['mark', '2148663296/0xffffffff', '40000', '--output', 'json']);
    const { values, ...report } = JSON.parse(stdout) as { values: { reasons: object[] }[] };
    assert.deepEqual(report, { version: 1, ok: false, warnings: [], diagnostics: [] });
    const text = 'the mask takes in 0xffff of the bits of others; ours is 0xffff0000';
    assert.deepEqual(values[0], {
      input: '2148663296/0xffffffff',
      valid: true,
      saref: 18,
      nfmark: 0x80120000,
      nfmarkHex: '0x80120000',
      mask: 0xffffffff,
      maskHex: '0xffffffff',
      reasons: [{ kind: 'mask-too-wide', extra: 0xffff, text }],
    });
    const [{ reasons, ...facts } = { reasons: [] }] = values.slice(1);
    assert.deepEqual(facts, {
      input: '40000',
      valid: false,
      saref: null,
      nfmark: null,
      nfmarkHex: null,
      mask: null,
      maskHex: null,
    });
    assert.equal(reasons.length, 1);
  });

  it('explains and converts without privileges', async () => {
    for (const args of [
      ['explain', 'SM1201'],
      ['mark', '18'],
    ] as const) {
      const { exitCode } = await sarefMark(args, { execute: executeAsNobody });
      assert.equal(exitCode, 0);
    }
  });
});

describe('a file that is no policy', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
  });

  after(() => rm(folder, { recursive: true }));

  async function check(bytes: Buffer): Promise<Outcome> {
    const file = join(folder, 'policy.yaml');
    await writeFile(file, bytes);
    return sarefMark(['check', file]);
  }

  it('is not read to its end when it is too large, from a file and from stdin', async () => {
    const large = Buffer.alloc(17 * 2 ** 20, '# a comment\n');
    const { exitCode, stderr } = await check(large);
    assert.equal(exitCode, 65);
    assert.match(
      stderr,
      /^error\[SM1003\] policy too large\n.* has more than 16 MB; nothing of it was read\.\n/,
    );
    const piped = await sarefMark(['check', '-'], { stdin: large.toString('latin1') });
    assert.match(piped.stderr, /^error\[SM1003\] policy too large\n<stdin> has more than 16 MB/);
  });

  it('is refused at the byte that is no UTF-8', async () => {
    const latin1 = Buffer.from('version: 1\nsarefs: { zürich: 1 }\nentries: []\n', 'latin1');
    const { exitCode, stderr } = await check(latin1);
    assert.equal(exitCode, 65);
    assert.match(stderr, /^error\[SM1001\] not valid YAML\n --> \S+:2:12\n[^]*\^ is not UTF-8\n/);
    assert.match(
      (await check(Buffer.from('\ufeffversion: 1\n', 'utf16le'))).stderr,
      /:1:1\n[^]*\^ is not UTF-8\n/,
    );
  });

  it('exits 1 where it cannot be opened', async () => {
    const { exitCode, stderr } = await sarefMark(['check', join(folder, 'missing.yaml')]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error\[SM3007\] policy cannot be opened\nENOENT/);
  });
});
