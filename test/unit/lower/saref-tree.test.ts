import assert from 'node:assert/strict';
import { SAREF_FLAG } from '../../../src/domain/mark.ts';
import type { Saref } from '../../../src/domain/saref.ts';
import { markOf, toSaref } from '../../../src/domain/saref.ts';
import type { TableRule } from '../../../src/iptables/table.ts';
import { tableRule } from '../../../src/iptables/table.ts';
import { arg, marked, rule } from '../../../src/iptables/build.ts';
import { treeOf } from '../../../src/lower/saref-tree.ts';
import { walkChain } from '../../../src/trace/walk.ts';
import { packet } from '../../support/packets.ts';

function sarefs(...numbers: readonly number[]): Saref[] {
  return numbers.map((number) => {
    const saref = toSaref(number);
    assert.ok(saref);
    return saref;
  });
}

/** Each SAref sets a ctmark of its own number. */
function treeFor(refs: readonly Saref[]): Map<string, TableRule[]> {
  return treeOf(
    'ROOT',
    refs.map((ref) => ({
      ref,
      rule: tableRule(
        rule([marked(markOf(ref))], {
          kind: 'CONNMARK',
          options: { setXmark: arg({ value: ref, mask: 0xffffffff }) },
        }),
      ),
    })),
  );
}

/** How many rules the packet is asked by, and the SAref whose rule it matched. */
function askedIn(tree: ReadonlyMap<string, readonly TableRule[]>, nfmark: number): [number, number] {
  const chains = new Map([...tree].map(([name, rules]) => [name, { policy: '-', rules }] as const));
  const { path, ctmark } = walkChain({ table: { name: 'raw', chains }, sets: new Map() }, 'ROOT', {
    packet: packet(),
    nfmark,
    ctmark: 0,
    inInterface: 'mast0',
    outInterface: '',
  });
  // of each chain, those in front of the one that led out of it, or all of them
  const visited = ['ROOT', ...path.flatMap(({ text }) => / -g (\S+)$/.exec(text)?.[1] ?? [])];
  const asked = visited.map(
    (chain) => path.find((visit) => visit.chain === chain)?.number ?? tree.get(chain)?.length ?? 0,
  );
  return [asked.reduce((sum, number) => sum + number, 0), ctmark];
}

describe('treeOf', () => {
  it('is one chain as long as there are few', () => {
    assert.deepEqual([...treeFor(sarefs(1, 2, 3, 4, 5, 6, 7, 8)).keys()], ['ROOT']);
    assert.deepEqual([...treeFor([])], [['ROOT', []]]);
  });

  it('shares out more of them by their leading bits, and skips those that are all the same', () => {
    const tree = treeFor(sarefs(1, 2, 3, 4, 5, 6, 7, 8, 9));
    assert.deepEqual([...tree.keys()], ['ROOT', 'ROOT-12-0', 'ROOT-12-1']);
    assert.deepEqual(
      tree.get('ROOT')?.map(({ text }) => text),
      [
        '-m mark --mark 0x80000000/0xfff80000 -g ROOT-12-0',
        '-m mark --mark 0x80080000/0xfff80000 -g ROOT-12-1',
      ],
    );
  });

  it('has one rule in it for each SAref, which its packets reach past few others', () => {
    const refs = sarefs(...Array.from({ length: 3000 }, (_, index) => 1 + ((index * 7919) % 32_767))).sort(
      (one, other) => one - other,
    );
    const tree = treeFor(refs);
    for (const ref of refs) {
      const [asked, matched] = askedIn(tree, markOf(ref).value);
      assert.equal(matched, ref);
      assert.ok(asked <= 5 * 8, `${String(asked)} rules for SAref ${String(ref)}`);
    }
    const known = new Set<number>(refs);
    const unknown = sarefs(1, 32_767, 16_384, 12_345).filter((ref) => !known.has(ref));
    for (const ref of unknown) assert.equal(askedIn(tree, markOf(ref).value)[1], 0);
    assert.equal(askedIn(tree, 0)[1], 0);
    assert.equal(askedIn(tree, SAREF_FLAG.value)[1], 0);
  });
});
