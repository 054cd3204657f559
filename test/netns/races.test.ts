import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { applyHost } from '../../src/apply/apply.ts';
import { readHost } from '../../src/apply/read-host.ts';
import { rulesIn } from '../../src/host/state.ts';
import { goalOf } from '../../src/pipeline.ts';
import { compiledOf } from '../support/compiled.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';

/** Conns of the stock script that come up while policies are applied. */
const CONNS = 60;

/** How long it takes for the next one: some come while an apply is under way, some in between. */
const PACES_MS = [0, 5, 40, 150];

const POLICIES = [1, 2, 3].map((saref) =>
  goalOf(
    compiledOf(
      `version: 1\nsarefs: { a: ${String(saref)} }\nentries: [{ conn: a, dst: 10.${String(saref)}.0.0/16 }]\n`,
    ),
  ),
);

function stockRule(number: number): string {
  return `-d 192.168.${String(number)}.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment conn${String(number)} -j MARK --set-xmark 0x${(0x8100 + number).toString(16)}0000/0xffffffff`;
}

for (const backend of BACKENDS) {
  describe(`apply while the stock script adds conns, ${backend}`, function () {
    this.timeout(60_000);
    let lab: Lab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
    });

    after(() => lab.close());

    it('loses no rule of either', async () => {
      const { tools } = lab;
      const first = POLICIES[0];
      assert.ok(first);
      assert.equal((await applyHost(tools, first)).kind, 'applied');
      let isOver = false;
      const script = async (): Promise<void> => {
        for (let number = 0; number < CONNS; number += 1) {
          await setTimeout(PACES_MS[number % PACES_MS.length]);
          await tools.restore(`*mangle\n-I NEW_IPSEC_CONN 1 ${stockRule(number)}\nCOMMIT\n`);
        }
        isOver = true;
      };
      let applied = 0;
      const operator = async (): Promise<void> => {
        for (let round = 0; !isOver && round < 10 * CONNS; round += 1) {
          const goal = POLICIES[round % POLICIES.length];
          assert.ok(goal);
          const { kind } = await applyHost(tools, goal);
          // to be outrun again and again is no success, but it is all taken back
          assert.ok(['applied', 'unchanged', 'undone', 'failed'].includes(kind), kind);
          if (kind === 'applied') applied += 1;
        }
      };
      await Promise.all([script(), operator()]);
      await applyHost(tools, first);
      const { state } = await readHost(tools, first.ours);
      assert.ok(state);
      const [jump, ...others] = rulesIn(state, 'NEW_IPSEC_CONN').map(({ text }) => text);
      assert.match(jump ?? '', /-j SAREF-ENTRIES$/);
      const theirs = others.filter((text) => !text.includes('--comment saref-mark '));
      assert.deepEqual(theirs, Array.from({ length: CONNS }, (_, number) => stockRule(number)).reverse());
      assert.equal((await applyHost(tools, first)).kind, 'unchanged');
      process.stdout.write(
        `        ${String(CONNS)} conns came up, ${String(applied)} changes were applied\n`,
      );
      assert.ok(applied > 2);
    });
  });
}
