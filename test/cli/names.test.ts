import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sarefMark } from '../support/bin.ts';

const POLICY = `version: 1
sarefs: { zürich: 1, "mø": 2 }
entries:
  - { conn: zürich, dst: 192.168.0.0/24, in: eth1 }
  - { conn: "mø", dst: 192.168.7.0/24, in: eth1 }
`;

/** So many that a set is worth a look-up. */
const MORE = Array.from(
  { length: 99 },
  (_, index) => `  - { conn: "mø", dst: 172.16.${String(index)}.0/24, in: eth1 }\n`,
).join('');

const PACKET = 'udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1';

/** UTF-8 that was read as if each byte were a character. */
const GARBLED = /[ÃÂ]/;

describe('a conn whose name is not ASCII', () => {
  let folder: string;
  let policy: string;
  let large: string;
  let dump: string;
  let old: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    policy = await write('zürich.yaml', POLICY);
    large = await write('large.yaml', `${POLICY}${MORE}`);
    old = await write('alt.yaml', POLICY.replace('zürich: 1', 'zürich: 7'));
    dump = await write('live.txt', await ask('compile', old, '--emit', 'rules'));
  });

  after(() => rm(folder, { recursive: true }));

  async function write(name: string, text: string | Buffer): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  }

  /** What it says, on stdout and stderr. */
  async function ask(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await sarefMark(args);
    const text = Buffer.from(`${stdout}${stderr}`, 'latin1').toString();
    assert.doesNotMatch(text, GARBLED);
    return text;
  }

  it('is in what compile prints as apply writes it', async () => {
    for (const emission of ['script', 'rules'])
      assert.match(await ask('compile', policy, '--emit', emission), /--comment "zürich"/);
    assert.match(await ask('compile', large, '--layout', 'sets', '--emit', 'sets'), /comment "zürich"/);
    assert.match(await ask('compile', policy), /--comment "zürich"/);
    assert.match(await ask('compile', policy, '--output', 'json'), /--comment \\"zürich\\"/);
  });

  it('is in what trace shows of rules and of elements', async () => {
    const traceLarge = ['trace', large, '--packet', PACKET, '--layout', 'sets'] as const;
    const trace = ['trace', policy, '--packet', PACKET] as const;
    assert.match(await ask(...trace), /--comment "zürich" .*zürich\.yaml:4:/);
    assert.match(await ask(...trace, '--output', 'json'), /"rule": ".*--comment \\"zürich\\"/);
    assert.match(await ask(...traceLarge), /by the element .* comment "zürich"/);
    assert.match(await ask(...traceLarge, '--output', 'json'), /"element": .*\\"zürich\\"/);
    assert.match(await ask(...trace, '--live', dump), /--comment "zürich" .*0x80070000/);
  });

  it('is in the patch of diff, with the place of its entry', async () => {
    for (const other of [
      ['--live', dump],
      ['--against', old],
    ] as const) {
      assert.match(await ask('diff', policy, ...other), /\n--A .*--comment "zürich"/);
      assert.match(await ask('diff', policy, ...other, '--output', 'json'), /--comment \\"zürich\\"/);
    }
    assert.match(await ask('diff', policy, '--live', dump), /\n\+-A .*--comment "zürich" .*zürich\.yaml:4:/);
  });

  it('can stand beside bytes that are no UTF-8, in rules of others', async () => {
    const rule = '-A PREROUTING -s 10.9.1.4/32 -m string --string z\xfcrich --algo bm -j DROP\n';
    const rules = Buffer.from(await ask('compile', old, '--emit', 'rules')).toString('latin1');
    const live = await write(
      'bytes.txt',
      Buffer.from(rules.replace('-A PREROUTING', `${rule}-A PREROUTING`), 'latin1'),
    );
    assert.match(await ask('trace', policy, '--packet', PACKET, '--live', live), /not sure: .* z\ufffdrich /);
    assert.match(
      await ask('trace', policy, '--packet', PACKET, '--live', live, '--output', 'json'),
      /"doubts": \[\n.* z\ufffdrich /,
    );
  });

  it('is shown in its place where a dump cannot be read', async () => {
    const rules = await ask('compile', old, '--emit', 'rules');
    const live = await write('broken.txt', rules.replace('COMMIT', 'zürich\nCOMMIT'));
    const said = await ask('diff', policy, '--live', live);
    assert.match(said, /\| zürich\n +\| \^{6} is no line of iptables-save\n/);
  });
});
