import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeHere } from '../../src/system/execute.ts';
import { BIN, ROOT } from '../support/bin.ts';

const FOLDER = `${ROOT}packaging/`;
const UNITS = ['saref-mark-recover.service', 'saref-mark@.service'] as const;

/** `Section.Key` with its value; of keys that stand twice, all values. */
function settingsIn(text: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    else {
      const [, key, value = ''] = /^([A-Z]\w+)=(\S.*)$/.exec(line) ?? [];
      assert.ok(key !== undefined && section !== '', line);
      settings.set(`${section}.${key}`, [...(settings.get(`${section}.${key}`) ?? []), value]);
    }
  }
  return settings;
}

describe('the systemd units', () => {
  it('are all that is packaged, and are in the package', async () => {
    assert.deepEqual((await readdir(FOLDER)).toSorted(), UNITS);
    const { files } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { files: string[] };
    assert.ok(files.includes('packaging'));
  });

  for (const unit of UNITS) {
    it(`has no more rights than are needed, and those that Node needs: ${unit}`, async () => {
      const settings = settingsIn(await readFile(FOLDER + unit, 'utf8'));
      assert.deepEqual(settings.get('Service.CapabilityBoundingSet'), ['CAP_NET_ADMIN CAP_NET_RAW']);
      assert.deepEqual(settings.get('Service.StateDirectory'), ['saref-mark']);
      assert.deepEqual(settings.get('Service.NoNewPrivileges'), ['yes']);
      for (const key of ['MemoryDenyWriteExecute', 'ProtectKernelTunables', 'ProtectControlGroups'])
        assert.equal(settings.get(`Service.${key}`), undefined, key);
      const commands = settings.get('Service.ExecStart') ?? [];
      assert.match(commands.join('\n'), /^\/usr\/local\/bin\/saref-mark (?:recover|apply \S+)$/);
    });
  }

  it('have nothing that systemd does not know', async function () {
    const isThere = (await executeHere({ argv: ['systemd-analyze', '--version'] })).exitCode === 0;
    if (!isThere) this.skip();
    this.timeout(20_000);
    const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    const placed = UNITS.map((unit) => join(folder, unit.replace('@', '@site')));
    try {
      for (const [index, unit] of UNITS.entries()) {
        const text = await readFile(FOLDER + unit, 'utf8');
        // it has to be there to be started
        await writeFile(placed[index] as string, text.replaceAll('/usr/local/bin/saref-mark', BIN));
      }
      const said = await executeHere({ argv: ['systemd-analyze', 'verify', '--man=no', ...placed] });
      const lines = `${said.stdout}${said.stderr}`.split('\n').filter((line) => line.includes('saref-mark'));
      assert.deepEqual([said.exitCode, lines], [0, []]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
