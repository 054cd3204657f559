import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressText } from '../../src/domain/cidr.ts';
import { executeHere } from '../../src/system/execute.ts';
import { BIN, ROOT, sarefMark } from '../support/bin.ts';

/** 10.0.0.0 */
const FIRST = 0x0a000000;

/** Of so many entries that no machine checks them within a second. */
const ENTRIES = 150_000;
const LARGE = `version: 1\nsarefs: pluto\nentries:\n${Array.from(
  { length: ENTRIES },
  (_, index) =>
    `  - { conn: c${String(index % 1000)}, dst: ${addressText(FIRST + index * 16)}/28, in: eth1 }\n`,
).join('')}`;

/** On a pseudo-terminal, which has stdout and stderr in one. */
async function onTerminal(file: string): Promise<string> {
  const command = `'${process.execPath}' '${BIN}' check '${file}' --color never`;
  const { stdout } = await executeHere({ argv: ['script', '-qec', command, '/dev/null'] });
  return stdout;
}

describe('progress', () => {
  let folder = '';
  let large = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    large = join(folder, 'large.yaml');
    await writeFile(large, LARGE);
  });
  after(() => rm(folder, { recursive: true }));

  it('is shown where a run takes long, and taken away for what is said then', async () => {
    const text = await onTerminal(large);
    assert.ok(text.includes('\r\u001b[Kchecking the policy ...'), text.slice(-200));
    assert.ok(
      text.endsWith(`\r\u001b[K${large}: no errors, ${String(ENTRIES)} entries\r\n`),
      text.slice(-200),
    );
  });

  it('is not shown in a short run', async function () {
    // which it is on a machine that has nothing else to do
    this.retries(5);
    const text = await onTerminal(`${ROOT}policies/site.yaml`);
    assert.match(text, /no errors/);
    assert.ok(!text.includes('\u001b'), text);
  });

  it('is not shown where nobody looks at it', async () => {
    assert.equal((await sarefMark(['check', large])).stderr, '');
  });
});
