import assert from 'node:assert/strict';
import type { Applied } from '../../../src/apply/apply.ts';
import { applyHost } from '../../../src/apply/apply.ts';
import { applyFollowingFlows } from '../../../src/apply/follow-flows.ts';
import { NO_LEDGER } from '../../../src/apply/ledger.ts';
import { readHost } from '../../../src/apply/read-host.ts';
import { runStep } from '../../../src/apply/run-step.ts';
import { stepsTo } from '../../../src/delta/delta.ts';
import { aimBackTo } from '../../../src/flow-change.ts';
import type { HostState } from '../../../src/host/state.ts';
import { withRekey } from '../../../src/lower/rekey.ts';
import { goalOf } from '../../../src/pipeline.ts';
import { parseChange } from '../../../src/state/change.ts';
import { goalBackTo } from '../../../src/state/goal.ts';
import { findJournal, historyIn, lastChange, MOST_KEPT, openJournal } from '../../../src/state/journal.ts';
import type { Recovered } from '../../../src/state/recover.ts';
import { recoverHost } from '../../../src/state/recover.ts';
import { findBackend } from '../../../src/system/backend.ts';
import type { Execute } from '../../../src/system/execute.ts';
import type { HostTools } from '../../../src/system/host-tools.ts';
import { hostTools } from '../../../src/system/host-tools.ts';
import { compiledOf } from '../../support/compiled.ts';
import type { FakeHost } from '../../support/fake-host.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { withFault } from '../../support/faults.ts';
import type { MemoryFolder } from '../../support/memory-folder.ts';
import { memoryFolder } from '../../support/memory-folder.ts';

const POLICY = `version: 1
sarefs: { near: 1, far: 7 }
entries:
  - { conn: near, dst: 192.168.0.0/24 }
  - { conn: far, dst: 192.168.1.0/24 }
`;
const GOAL = goalOf(compiledOf(POLICY));
const OTHER = goalOf(compiledOf(POLICY.replace('near: 1', 'near: 2')));
const WHO = {
  command: 'apply',
  when: '2026-01-01T00:00:00Z',
  who: 'eve',
  pid: 7,
  backend: 'nf_tables',
} as const;

async function toolsOf(execute: Execute): Promise<HostTools> {
  return hostTools(execute, { backend: await findBackend(execute, 'auto'), waitSeconds: 5 });
}

async function apply(host: FakeHost, folder: MemoryFolder, goal = GOAL): Promise<Applied> {
  const journal = openJournal(folder, WHO);
  const applied = await applyHost(await toolsOf(host.execute), goal, journal);
  if (applied.kind === 'applied') journal.keep();
  else journal.drop();
  return applied;
}

/** As a run that is killed behind so many of its steps. */
async function applyPartly(host: FakeHost, folder: MemoryFolder, count: number, goal = GOAL): Promise<void> {
  const tools = await toolsOf(host.execute);
  const { state: live } = await readHost(tools, goal.ours);
  assert.ok(live);
  const steps = stepsTo(goal, live);
  await openJournal(folder, WHO).note({ ours: goal.ours, live, steps });
  for (const step of steps.slice(0, count)) await runStep(tools, step);
}

async function recover(host: FakeHost, folder: MemoryFolder, execute = host.execute): Promise<Recovered> {
  const tools = await toolsOf(execute);
  return recoverHost(folder, {
    tools,
    goBack: async (state, ours, ledger) =>
      (await applyFollowingFlows(tools, aimBackTo(goalBackTo(state, ours), state), ledger)).applied,
  });
}

describe('a journal', () => {
  it('is there before the first write, and is history when all is done', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    const seen: boolean[] = [];
    const tools = await toolsOf((command) => {
      if (/restore| add |-w/.test(command.argv.join(' '))) seen.push(folder.files.has('journal.json'));
      return host.execute(command);
    });
    const journal = openJournal(folder, WHO);
    assert.equal((await applyHost(tools, GOAL, journal)).kind, 'applied');
    assert.ok(seen.length > 5 && seen.every((there) => there));
    journal.keep();
    assert.deepEqual([...folder.files.keys()], ['history/00000001.json']);
    const last = lastChange(folder);
    assert.deepEqual(
      [last?.who, last?.rules, last?.steps.length, findJournal(folder)],
      ['eve', 8, seen.length, undefined],
    );
  });

  it('does not hold the policy, for any rule or element', async () => {
    const entries = Array.from({ length: 99 }, (_, at) => `{ conn: near, dst: 10.${String(at)}.0.0/16 }`);
    const text = `version: 1\n# a remark of the policy\nsarefs: { near: 1 }\nentries: [${entries.join(', ')}]\n`;
    for (const layout of ['rules', 'sets']) {
      const [host, folder] = [fakeHost(), memoryFolder()];
      const goal = goalOf(compiledOf(`layout: ${layout}\n${text}`));
      assert.equal((await apply(host, folder, goal)).kind, 'applied');
      assert.ok(lastChange(folder)?.steps.some(({ tool }) => (tool === 'ipset') === (layout === 'sets')));
      for (const file of folder.files.values()) assert.ok(!file.includes('a remark'), layout);
    }
  });

  it('keeps the last changes and no more, the last one first', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    for (let round = 0; round < MOST_KEPT + 2; round += 1)
      assert.equal((await apply(host, folder, round % 2 === 0 ? GOAL : OTHER)).kind, 'applied');
    assert.equal(historyIn(folder).length, MOST_KEPT);
    assert.ok(folder.files.has(`history/000000${String(MOST_KEPT + 2)}.json`));
    assert.ok(!folder.files.has('history/00000002.json'));
    const [last, before] = historyIn(folder);
    assert.deepEqual(last?.before.texts.mangle, before?.after.texts.mangle);
  });

  it('is not there when there is nothing to do, and nothing is kept', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    await apply(host, folder);
    folder.files.clear();
    assert.equal((await apply(host, folder)).kind, 'unchanged');
    openJournal(folder, WHO).keep();
    assert.deepEqual([...folder.files], []);
    assert.equal(lastChange(folder), undefined);
  });

  it('that cannot be written keeps anything from being written', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    const before = host.print();
    const full = new Error('no space left on device');
    folder.fill(full);
    const applied = await apply(host, folder);
    assert.ok(applied.kind === 'failed' && applied.cause === full);
    assert.equal(host.print(), before);
    assert.ok(!host.log.some((line) => /restore| add |-w/.test(line)));
  });

  it('that cannot be written any more is no reason to leave a half written host', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    const before = host.print();
    const tools = await toolsOf(withFault(host.execute, 5, 'fails before'));
    const journal = openJournal(folder, WHO);
    const applied = await applyHost(tools, GOAL, {
      async note(coming) {
        await journal.note(coming);
        folder.fill(new Error('no space left on device'));
      },
    });
    assert.equal(applied.kind, 'undone');
    assert.equal(host.print(), before);
  });
});

describe('an interrupted change', () => {
  const STEPS = 9;
  for (let count = 0; count <= STEPS; count += 1) {
    it(`is ended when it was killed behind ${String(count)} of ${String(STEPS)} steps`, async () => {
      const [host, folder] = [fakeHost(), memoryFolder()];
      const before = host.print();
      await applyPartly(host, folder, count);
      const { kind } = await recover(host, folder);
      const expected = count === 0 ? 'old' : count === STEPS ? 'new' : 'between';
      assert.equal(kind, expected);
      assert.equal(host.print() === before, count < STEPS);
      assert.equal(findJournal(folder), undefined);
      assert.equal(historyIn(folder).length, count === STEPS ? 1 : 0);
    });
  }

  const REKEYED = {
    ours: GOAL.ours,
    targetOn: (live: HostState) =>
      withRekey(GOAL.targetOn(live), [{ conn: 'near', from: 0x80090000, to: 0x80010000 }]),
  };

  it('keeps no rules that running flows alone needed when all others stood', async () => {
    const [host, plain, folder] = [fakeHost(), fakeHost(), memoryFolder()];
    await apply(plain, memoryFolder());
    await applyPartly(host, folder, Infinity, REKEYED);
    assert.notEqual(host.print(), plain.print());
    assert.equal((await recover(host, folder)).kind, 'new');
    assert.equal(host.print(), plain.print());
    assert.deepEqual([findJournal(folder), historyIn(folder).length], [undefined, 1]);
  });

  it('stays in the journal when it could be neither finished nor left as it was', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    const before = host.print();
    await applyPartly(host, folder, Infinity, REKEYED);
    let writes = 0;
    const dead: Execute = (command) => {
      if (command.argv.includes('--noflush')) writes += 1;
      if (writes > 0) throw new Error('killed');
      return host.execute(command);
    };
    const recovered = await recover(host, folder, dead);
    assert.ok(recovered.kind === 'new' && recovered.applied.kind === 'not undone');
    assert.notEqual(findJournal(folder), undefined);
    // on its way from there, too: it is undone
    assert.equal((await recover(host, folder)).kind, 'between');
    assert.deepEqual([host.print(), findJournal(folder)], [before, undefined]);
  });

  it('can be ended although its ending was killed as well', async () => {
    for (let fault = 0; fault < 4; fault += 1) {
      const [host, folder] = [fakeHost(), memoryFolder()];
      const before = host.print();
      await applyPartly(host, folder, 6);
      let writes = 0;
      const killed: Execute = (command) => {
        if (/restore| del |-w/.test(command.argv.join(' '))) writes += 1;
        // from then on there is nobody to run anything
        if (writes > fault) throw new Error('killed');
        return host.execute(command);
      };
      const recovered = await recover(host, folder, killed);
      assert.ok(recovered.kind === 'between' && recovered.applied.kind === 'not undone');
      assert.notEqual(findJournal(folder), undefined);
      assert.notEqual((await recover(host, folder)).kind, 'other');
      assert.equal(host.print(), before, String(fault));
    }
  });

  it('is left as it is when others have written since', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    await applyPartly(host, folder, 9);
    const tools = await toolsOf(host.execute);
    await tools.restore('*mangle\n-D OUTPUT -j IPSEC\nCOMMIT\n');
    const before = host.print();
    assert.equal((await recover(host, folder)).kind, 'other');
    assert.deepEqual([host.print(), findJournal(folder)], [before, undefined]);
  });

  it('is not looked for in the tables of another back end', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    await applyPartly(host, folder, 5);
    folder.files.set('journal.json', (folder.read('journal.json') ?? '').replace('nf_tables', 'legacy'));
    assert.equal((await recover(host, folder)).kind, 'other');
  });

  for (const damage of ['', '{', '{"version":1}', '{"version":2}']) {
    it(`is given up when its journal is '${damage}'`, async () => {
      const [host, folder] = [fakeHost(), memoryFolder()];
      folder.files.set('journal.json', damage);
      assert.equal(findJournal(folder), 'damaged');
      assert.equal((await recover(host, folder)).kind, 'damaged');
      assert.equal(folder.files.size, 0);
    });
  }

  it('is given up when what was kept of the host cannot be read', async () => {
    const part = async (name: 'ours' | 'before' | 'after'): Promise<Recovered['kind']> => {
      const [host, folder] = [fakeHost(), memoryFolder()];
      await applyPartly(host, folder, 5);
      const change = parseChange(folder.read('journal.json') ?? '');
      assert.ok(change);
      const cut = { ...change[name], texts: { ...change[name].texts, mangle: '*mangle\n' } };
      folder.files.set('journal.json', JSON.stringify({ ...change, [name]: cut }));
      return (await recover(host, folder)).kind;
    };
    assert.deepEqual(
      [await part('ours'), await part('before'), await part('after')],
      ['damaged', 'other', 'other'],
    );
  });

  it('waits when the host cannot be read', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    await applyPartly(host, folder, 5);
    const unread: Execute = (command) =>
      command.argv[0] === 'iptables-save'
        ? Promise.resolve({ exitCode: 0, stdout: '', stderr: '' })
        : host.execute(command);
    assert.equal((await recover(host, folder, unread)).kind, 'unread');
    assert.notEqual(findJournal(folder), undefined);
  });

  it('is still there when it could not be taken back', async () => {
    const [host, folder] = [fakeHost(), memoryFolder()];
    await applyPartly(host, folder, 5);
    const broken: Execute = (command) =>
      command.argv.includes('del')
        ? Promise.resolve({ exitCode: 2, stdout: '', stderr: 'no\n' })
        : host.execute(command);
    const recovered = await recover(host, folder, broken);
    assert.ok(recovered.kind === 'between' && recovered.applied.kind !== 'applied');
    assert.notEqual(findJournal(folder), undefined);
    assert.equal((await recover(host, folder)).kind, 'between');
  });

  it('is none where none was begun', async () => {
    assert.equal((await recover(fakeHost(), memoryFolder())).kind, 'nothing');
    await NO_LEDGER.note({ ours: GOAL.ours, live: GOAL.ours, steps: [] });
  });

  it('is not read from history that was damaged', () => {
    const folder = memoryFolder();
    folder.files.set('history/00000001.json', '{');
    assert.deepEqual([historyIn(folder), lastChange(folder)], [[], undefined]);
    const emptied = { ...folder, read: () => undefined };
    assert.deepEqual([historyIn(emptied), lastChange(emptied)], [[], undefined]);
  });
});
