import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { readHost } from '../../src/apply/read-host.ts';
import type { Goal } from '../../src/delta/change.ts';
import { stepsTo } from '../../src/delta/delta.ts';
import { printSets } from '../../src/host/ip-set-text.ts';
import { printHost } from '../../src/host/print.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import type { Layout } from '../../src/lower/layout.ts';
import { goalOf, goalWithoutOurs } from '../../src/pipeline.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { Execute } from '../../src/system/execute.ts';
import { narrated } from '../../src/system/execute.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import type { TestHost } from './apply-suite.ts';
import { compiledOf, laidOut } from './compiled.ts';
import { FAULTS, isWriting, withFault } from './faults.ts';

/** Six networks, with SArefs from this one on. */
function goalFrom(saref: number, layout: Layout = 'sets', networks = [1, 2, 3, 4, 5, 6]): Goal {
  const names = networks.map((at) => `"c${String(at)}'s"`);
  const sarefs = names.map((name, at) => `${name}: ${String(saref + at)}`).join(', ');
  const entries = networks.map((at) => `{ conn: "c${String(at)}'s", dst: 10.${String(at)}.0.0/16 }`);
  const text = `version: 1\nsarefs: { ${sarefs} }\nentries: [${entries.join(', ')}]\n`;
  return goalOf(compiledOf(text, 'policy.yaml', laidOut(layout)));
}

const GOAL = goalFrom(1);
const MANY_OTHERS = goalFrom(11);
const REMOVAL = goalWithoutOurs({ interface: 'mast0', table: 50 });

/** What apply promises of sets, on any host: run against the fake and against real ones. */
export function setSuite(open: () => Promise<TestHost>, backendName: BackendName | 'auto'): void {
  let host: TestHost;
  let tools: HostTools;
  let told: string[];

  async function toolsOf(execute: Execute): Promise<HostTools> {
    return hostTools(execute, { backend: await findBackend(execute, backendName), waitSeconds: 5 });
  }

  beforeEach(async () => {
    host = await open();
    told = [];
    tools = await toolsOf(
      narrated(host.execute, (text) => {
        told.push(text);
      }),
    );
  });

  afterEach(() => host.close());

  async function setsNow(): Promise<readonly string[]> {
    const { state } = await readHost(tools, REMOVAL.ours);
    assert.ok(state);
    return printSets(state.sets);
  }

  async function printed(): Promise<string> {
    const { state } = await readHost(tools, REMOVAL.ours);
    assert.ok(state);
    return printHost(state);
  }

  async function apply(goal: Goal = GOAL): Promise<string[]> {
    told = [];
    const applied = await applyHost(tools, goal);
    assert.ok(applied.kind === 'applied', JSON.stringify(applied));
    const { state } = await readHost(tools, goal.ours);
    assert.ok(state);
    assert.deepEqual(stepsTo(goal, state), []);
    return told.filter((text) => /^(?:ipset restore|iptables-\S*restore)/.test(text));
  }

  it('fills a set before the rule that asks it, and has nothing to do then', async () => {
    const [first, second, ...others] = await apply();
    assert.match(String(first), /^ipset restore <<'END'\ncreate SAREF-SET-1 /);
    assert.match(String(second), /--map-set SAREF-SET-1 dst --map-mark/);
    assert.deepEqual(others, []);
    const sets = await setsNow();
    assert.deepEqual(sets.slice(0, 2), [
      'create SAREF-SET-1 hash:net comment family inet skbinfo maxelem 65536',
      'add SAREF-SET-1 10.1.0.0/16 comment "c1\'s" skbmark 0x80010000/0xffff0000',
    ]);
    assert.equal(sets.length, 7);
    assert.equal((await applyHost(tools, GOAL)).kind, 'unchanged');
  });

  it('changes one element, and no rule', async () => {
    await apply();
    const [command, ...others] = await apply(goalFrom(1, 'sets', [1, 2, 3, 4, 5, 7]));
    assert.deepEqual(others, []);
    assert.equal(
      command,
      `ipset restore <<'END'
del -exist SAREF-SET-1 10.6.0.0/16
add -exist SAREF-SET-1 10.7.0.0/16 comment "c7's" skbmark 0x80060000/0xffff0000
END
`,
    );
  });

  it('swaps another set in where many elements change, and leaves none over', async () => {
    await apply();
    const [fill, swap, ...others] = await apply(MANY_OTHERS);
    assert.match(String(fill), /create SAREF-SET-NEW /);
    assert.match(String(swap), /swap SAREF-SET-NEW SAREF-SET-1\ndestroy SAREF-SET-NEW\n/);
    assert.deepEqual(others, []);
    assert.ok((await setsNow()).every((line) => line.includes(' SAREF-SET-1 ')));
  });

  const damages = {
    'an element is gone': 'del SAREF-SET-1 10.1.0.0/16\n',
    'an element is another’s':
      'add -exist SAREF-SET-1 10.1.0.0/16 comment "x" skbmark 0x80020000/0xffff0000\n',
    'an element marks nothing': 'add -exist SAREF-SET-1 10.1.0.0/16 comment "c1\'s"\n',
    'there is one more': 'add SAREF-SET-1 10.1.1.0/24 skbmark 0x80020000/0xffff0000\n',
    'a set without marks was swapped in, which says nothing':
      'create x hash:net family inet\nadd x 10.1.0.0/16\nswap x SAREF-SET-1\ndestroy x\n',
    'a set was left over': 'create SAREF-SET-9 hash:net family inet\nadd SAREF-SET-9 10.1.0.0/16\n',
    'the spare one was left over': 'create SAREF-SET-NEW hash:net family inet\n',
  };
  for (const [what, script] of Object.entries(damages)) {
    it(`puts right that ${what}`, async () => {
      await apply();
      const before = await printed();
      await tools.sets.write(script);
      assert.notEqual(await printed(), before);
      await apply();
      // in its place, or as another one where it is of another kind
      assert.equal((await printed()).replaceAll('SAREF-SET-2', 'SAREF-SET-1'), before);
    });
  }

  it('goes from each layout to each, and leaves sets nowhere else', async () => {
    for (const layout of ['rules', 'sets', 'tree', 'sets', 'rules', 'tree', 'rules'] as const) {
      await apply(goalFrom(1, layout));
      assert.equal((await setsNow()).length > 0, layout === 'sets');
    }
  });

  it('takes sets away with all else, those too that nobody asks, and none of others', async () => {
    const bare = await printed();
    await tools.sets.write('create others hash:net family inet\n');
    await apply();
    await tools.sets.write('create SAREF-SET-NEW hash:net family inet\n');
    assert.equal((await applyHost(tools, REMOVAL)).kind, 'applied');
    assert.deepEqual((await printed()).replace(/sysctl .*\n/g, ''), bare.replace(/sysctl .*\n/g, ''));
    assert.match(
      await host.execute({ argv: ['ipset', 'list', '-name'] }).then(({ stdout }) => stdout),
      /^others$/m,
    );
  });

  it('takes back what it wrote where a rule of others asks a set that is to go', async () => {
    await apply();
    const lines = [{ text: '-A FORWARD -j SET --map-set SAREF-SET-1 src --map-mark' }];
    await tools.restore(printRestore('mangle', lines));
    const before = await printed();
    const applied = await applyHost(tools, goalFrom(1, 'rules'));
    assert.equal(applied.kind, 'undone');
    assert.equal(await printed(), before);
  });

  for (const write of [0, 1]) {
    for (const fault of FAULTS) {
      it(`has the old set or the new one when command ${String(write + 1)} of a change ${fault}`, async () => {
        await apply();
        const before = await printed();
        const applied = await applyHost(await toolsOf(withFault(host.execute, write, fault)), MANY_OTHERS);
        const isTriedAgain = fault === 'lies' || fault === 'fails after';
        assert.equal(applied.kind === 'applied', isTriedAgain, applied.kind);
        if (applied.kind === 'applied') assert.equal((await applyHost(tools, MANY_OTHERS)).kind, 'unchanged');
        else assert.equal(await printed(), before);
      });
    }
  }

  it('writes sets by ipset restore alone, which a fault can meet', () => {
    assert.ok(isWriting({ argv: ['ipset', 'restore'] }));
    assert.ok(!isWriting({ argv: ['ipset', 'save', 'x'] }));
  });
}
