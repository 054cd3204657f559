import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sarefMark } from '../support/bin.ts';

const ENTRY = 'version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.1.0.0/16, in: eth1 }]\n';
const WITH_TABLE = 'version: 1\nsarefs: { b: 2 }\nentries: { file: tables/b.csv }\n';

describe('a policy of several files', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** @returns the path of a new folder with these files in it */
  async function folderWith(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const path = join(folder, name);
    await mkdir(join(path, 'tables'), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
    return path;
  }

  it('is a folder, read in the order of its names, without what editors and packages leave there', async () => {
    const path = await folderWith('policy.d', {
      '20-b.yml': WITH_TABLE,
      'tables/b.csv': 'conn,dst,in\nb,10.2.0.0/16,eth1\n',
      '10-a.yaml': ENTRY,
      '30.json': '{ "version": 1 }',
      '.hidden.yaml': 'no: [',
      '10-a.yaml~': 'no: [',
      '10-a.yaml.bak': 'no: [',
      '10-a.yaml.dpkg-old': 'no: [',
      '10-a.yaml.rpmsave': 'no: [',
    });
    const { exitCode, stdout, stderr } = await sarefMark(['compile', path, '--emit', 'plan']);
    assert.deepEqual([exitCode, stderr], [0, '']);
    const { entries } = JSON.parse(stdout) as { entries: { conn: string; origin: string }[] };
    assert.deepEqual(
      entries.map(({ conn, origin }) => `${conn} ${origin}`),
      [`a ${path}/10-a.yaml:3:19`, `b ${path}/tables/b.csv:2:1`],
    );
    const told = await sarefMark(['check', path, '--verbose']);
    assert.equal(told.stdout, `${path}: no errors, 2 entries\n`);
    const ignored = [
      '.hidden.yaml',
      '10-a.yaml.bak',
      '10-a.yaml.dpkg-old',
      '10-a.yaml.rpmsave',
      '10-a.yaml~',
      'tables',
    ];
    assert.equal(told.stderr, ignored.map((name) => `${path}/${name}: not read, for its name\n`).join(''));
  });

  it('says of each mistake in which file it is', async () => {
    const path = await folderWith('mistakes', {
      'a.yaml': ENTRY.replace('10.1.0.0', '10.1.0.1'),
      'b.yaml': WITH_TABLE,
      'tables/b.csv': 'conn,dst,in\nb,10.2.0.1/16,eth1\n',
    });
    const { exitCode, stderr } = await sarefMark(['check', path]);
    assert.equal(exitCode, 65);
    assert.deepEqual(
      [...stderr.matchAll(/--> (.*)/g)].map(([, place]) => place),
      [`${path}/a.yaml:3:27`, `${path}/tables/b.csv:2:3`],
    );
    await writeFile(join(path, 'c.yaml'), 'a: [\n');
    assert.match(
      (await sarefMark(['check', path])).stderr,
      /^error\[SM1001\] not valid YAML\n --> .*\/c\.yaml:/,
    );
  });

  it('names what is called like a policy and is a folder', async () => {
    const path = await folderWith('nested', { 'a.yaml': ENTRY });
    await mkdir(join(path, '80-dir.yaml'));
    const { exitCode, stderr } = await sarefMark(['check', path]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error\[SM3007\] .*\n.*\/nested\/80-dir\.yaml: EISDIR: /);
  });

  it('says of a table that is no UTF-8 that it is CSV, and where', async () => {
    const path = await folderWith('latin1', { 'b.yaml': WITH_TABLE });
    const text = 'conn,dst,description\nb,10.2.0.0/16,zürich\n';
    for (const [encoding, place] of [
      ['latin1', '2:16'],
      ['utf16le', '1:1'],
    ] as const) {
      await writeFile(
        join(path, 'tables', 'b.csv'),
        Buffer.from(`${encoding === 'latin1' ? '' : '\ufeff'}${text}`, encoding),
      );
      const { exitCode, stderr } = await sarefMark(['check', path]);
      assert.equal(exitCode, 65);
      assert.match(
        stderr,
        new RegExp(`^error\\[SM1004\\] not valid CSV\n --> \\S+/b\\.csv:${place}\n[^]*\\^ is not UTF-8\n`),
      );
    }
  });

  it('is no empty folder, and none without a policy', async () => {
    const path = await folderWith('empty', { 'README.md': '' });
    const { exitCode, stderr } = await sarefMark(['check', path]);
    assert.equal(exitCode, 65);
    assert.match(stderr, /^error\[SM1009\] folder without a policy\n.*\/empty has no file called \*\.yaml/);
  });

  it('has its table next to it, be that reached by a link, or by a whole path', async () => {
    const path = await folderWith('table', {
      'real.csv': 'conn,dst,in\nb,10.2.0.0/16,eth1\n',
      'b.yaml': WITH_TABLE,
    });
    await symlink('../real.csv', join(path, 'tables', 'b.csv'));
    assert.equal((await sarefMark(['check', join(path, 'b.yaml')])).exitCode, 0);
    const whole = WITH_TABLE.replace('tables/b.csv', join(path, 'real.csv'));
    assert.equal((await sarefMark(['check', '-'], { stdin: whole })).exitCode, 0);
  });

  it('is refused where its table is not there, or where it is nobody can say', async () => {
    const path = await folderWith('missing', { 'b.yaml': WITH_TABLE });
    const missing = await sarefMark(['check', join(path, 'b.yaml')]);
    assert.equal(missing.exitCode, 1);
    assert.match(
      missing.stderr,
      /^error\[SM3007\] .*\n --> .*b\.yaml:3:18\n[^]*\^ cannot be read\n[^]*ENOENT/,
    );
    const piped = await sarefMark(['check', '-'], { stdin: WITH_TABLE });
    assert.equal(piped.exitCode, 65);
    assert.match(piped.stderr, /^error\[SM1008\] .*\n --> <stdin>:3:18\n/);
  });
});
