import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIpsecConf } from '../../../src/system/ipsec-conf.ts';

describe('readIpsecConf', () => {
  let folder: string;
  let main: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'saref-mark-conf-'));
    main = join(folder, 'ipsec.conf');
    mkdirSync(join(folder, 'ipsec.d'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('reads what a file includes, each file once, and passes over what is not there', async () => {
    const write = (name: string, text: string): void => {
      writeFileSync(join(folder, name), text);
    };
    write('ipsec.conf', `include ipsec.d/*.conf\ninclude ${folder}/gone\ninclude none/*\n`);
    write('ipsec.d/b.conf', 'include ../ipsec.conf\n');
    write('ipsec.d/a.conf', 'conn a\n');
    write('ipsec.d/a.conf.bak', 'conn old\n');
    const answer = await readIpsecConf(main);
    assert.ok(answer.kind === 'files');
    assert.deepEqual(
      answer.files.map(({ name }) => name),
      [main, join(folder, 'ipsec.d/a.conf'), join(folder, 'ipsec.d/b.conf')],
    );
  });

  it('reads names in UTF-8, as a policy has them', async () => {
    writeFileSync(main, 'conn zürich\n');
    const answer = await readIpsecConf(main);
    assert.deepEqual(answer, { kind: 'files', files: [{ name: main, text: 'conn zürich\n' }] });
  });

  it('says that there is none, or that it cannot be read', async () => {
    assert.deepEqual(await readIpsecConf(main), { kind: 'absent', name: main });
    mkdirSync(main);
    const answer = await readIpsecConf(main);
    assert.ok(answer.kind === 'unreadable');
    assert.match(answer.why, /^EISDIR/);
  });
});
