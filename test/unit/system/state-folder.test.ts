import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findStateFolder, openStateFolder, StateUnusable } from '../../../src/system/state-folder.ts';
import { isRunning, processId, startWatchdog, underSystemd } from '../../../src/system/watchdog.ts';

describe('a state folder', () => {
  let root: string;

  beforeEach(() => {
    root = join(mkdtempSync(join(tmpdir(), 'saref-mark-')), 'state');
  });

  afterEach(() => {
    rmSync(join(root, '..'), { recursive: true });
  });

  it('is made for its owner alone, and so is each file', () => {
    assert.equal(findStateFolder(root, 'here'), undefined);
    const folder = openStateFolder(root, 'here');
    folder.write('one.json', 'first');
    folder.write('one.json', 'second');
    folder.move('one.json', 'old/two.json');
    const modeOf = (name: string): string => (statSync(join(root, name)).mode % 0o1000).toString(8);
    assert.deepEqual(['', 'here', 'here/old', 'here/old/two.json'].map(modeOf), ['700', '700', '700', '600']);
    assert.deepEqual([folder.read('one.json'), folder.read('old/two.json')], [undefined, 'second']);
    assert.deepEqual([folder.list('old'), folder.list('new')], [['two.json'], []]);
    assert.equal(findStateFolder(root, 'here')?.read('old/two.json'), 'second');
    folder.remove('old/two.json');
    folder.remove('old/two.json');
    assert.deepEqual(readdirSync(join(root, 'here/old')), []);
  });

  it('writes again what a crash has left half written', () => {
    const folder = openStateFolder(root, 'here');
    writeFileSync(join(root, 'here/.one.json'), 'half');
    folder.write('one.json', 'whole');
    assert.deepEqual(readdirSync(join(root, 'here')), ['one.json']);
  });

  const damages: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'others may look into it',
      () => {
        chmodSync(root, 0o750);
      },
      /others may look/,
    ],
    [
      'others may write into the one above',
      () => {
        chmodSync(join(root, '..'), 0o777);
      },
      /others may write/,
    ],
    [
      'it is a link',
      () => {
        rmSync(root, { recursive: true });
        symlinkSync(tmpdir(), root);
      },
      /symbolic link/,
    ],
    [
      'it is a file',
      () => {
        rmSync(root, { recursive: true });
        writeFileSync(root, '');
      },
      /ENOTDIR|no folder/,
    ],
  ];
  for (const [what, damage, why] of damages) {
    it(`is not used when ${what}`, () => {
      openStateFolder(root, 'here');
      damage();
      const isRefused = (error: unknown): boolean =>
        error instanceof StateUnusable && why.test(error.message);
      assert.throws(() => openStateFolder(root, 'here'), isRefused);
    });
  }

  it('does not follow a link to a file', () => {
    const folder = openStateFolder(root, 'here');
    writeFileSync(join(root, 'secret'), 'x');
    symlinkSync(join(root, 'secret'), join(root, 'here/one.json'));
    assert.throws(() => folder.read('one.json'), StateUnusable);
    folder.write('one.json', 'own');
    assert.equal(folder.read('one.json'), 'own');
  });
});

describe('a watchdog', () => {
  it('is a service where systemd runs, with the words that it has without', () => {
    assert.deepEqual(underSystemd(['node', 'watchdog.js', '/var/lib/x y', 'aa'], '/bin:/sbin'), [
      ...['systemd-run', '--quiet', '--collect', '--service-type=exec', '--setenv=PATH=/bin:/sbin', '--'],
      ...['node', 'watchdog.js', '/var/lib/x y', 'aa'],
    ]);
  });

  it('is told from a later process of the same number', () => {
    const self = processId();
    assert.ok(self);
    assert.equal(isRunning(self), true);
    assert.equal(isRunning({ ...self, started: self.started - 1 }), false);
    assert.equal(isRunning({ pid: 2 ** 22 + 1, started: 1 }), false);
  });

  it('does not count as started when there is no such program', async () => {
    assert.equal(await startWatchdog(['/nowhere/program'], () => false), false);
  });
});
