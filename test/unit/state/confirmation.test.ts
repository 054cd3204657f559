import assert from 'node:assert/strict';
import {
  awaitConfirmation,
  endConfirmation,
  findBaseline,
  findConfirmation,
  findReverted,
  findWatchdog,
  isOver,
  noteReverted,
  noteWatchdog,
} from '../../../src/state/confirmation.ts';
import { saveHost } from '../../../src/state/saved-host.ts';
import { hostOf } from '../../support/hosts.ts';
import { memoryFolder } from '../../support/memory-folder.ts';

const PENDING = { token: 'aa11', deadline: 12.5, backend: 'legacy', who: 'eve' };
const BASELINE = { ours: saveHost(hostOf()), state: saveHost(hostOf()) };

describe('a confirmation', () => {
  it('is found as long as it is waited for, with what the host goes back to', () => {
    const folder = memoryFolder();
    assert.deepEqual([findConfirmation(folder), findBaseline(folder)], [undefined, undefined]);
    awaitConfirmation(folder, PENDING, BASELINE);
    assert.deepEqual(findConfirmation(folder), PENDING);
    assert.deepEqual(findBaseline(folder)?.state.device, 'mast0');
    endConfirmation(folder);
    assert.deepEqual([findConfirmation(folder), findBaseline(folder)], [undefined, undefined]);
    // once more does no harm
    endConfirmation(folder);
    assert.equal(isOver(folder, 'aa11'), true);
  });

  it('is over when it was ended, or another one waits in its place', () => {
    const folder = memoryFolder();
    awaitConfirmation(folder, PENDING, BASELINE);
    assert.equal(isOver(folder, 'aa11'), false);
    awaitConfirmation(folder, { ...PENDING, token: 'bb22' }, BASELINE);
    assert.deepEqual([isOver(folder, 'aa11'), isOver(folder, 'bb22')], [true, false]);
    endConfirmation(folder);
    assert.equal(isOver(folder, 'bb22'), true);
  });

  it('is not over because somebody has removed the files', () => {
    const folder = memoryFolder();
    awaitConfirmation(folder, PENDING, BASELINE);
    folder.files.clear();
    assert.equal(isOver(folder, 'aa11'), false);
  });

  it('tells how going back ended, until the next one is waited for', () => {
    const folder = memoryFolder();
    const reverted = { token: 'aa11', when: '2026-01-01T00:00:00Z', exitCode: 3, detail: 'as it was' };
    assert.equal(findReverted(folder), undefined);
    noteReverted(folder, reverted);
    assert.deepEqual(findReverted(folder), reverted);
    awaitConfirmation(folder, PENDING, BASELINE);
    assert.equal(findReverted(folder), undefined);
  });

  it('knows the process that waits', () => {
    const folder = memoryFolder();
    assert.equal(findWatchdog(folder), undefined);
    noteWatchdog(folder, { token: 'aa11', pid: 7, started: 99 });
    assert.deepEqual(findWatchdog(folder), { token: 'aa11', pid: 7, started: 99 });
  });

  for (const name of ['pending.json', 'baseline.json', 'reverted.json', 'watchdog.json']) {
    it(`is not read from a damaged ${name}`, () => {
      for (const text of ['', '{', '[]', 'null', '{"token":"aa11","ours":{},"state":null}']) {
        const folder = memoryFolder();
        folder.files.set(name, text);
        const found = [findConfirmation, findBaseline, findReverted, findWatchdog].map((find) =>
          find(folder),
        );
        assert.deepEqual(found, [undefined, undefined, undefined, undefined], text);
      }
    });
  }
});
