import assert from 'node:assert/strict';
import type { Figure } from '../../../bench/figure.ts';
import { isReached, measured, ratioOf, reachText } from '../../../bench/figure.ts';
import { differenceOf, inTurns, spreadOf } from '../../../bench/rounds.ts';
import { tableText } from '../../../bench/table.ts';

const FIGURE: Figure = {
  what: 'packet',
  unit: 'ns',
  ours: spreadOf([4000]),
  peer: measured('stock chain', spreadOf([134_300])),
};

describe('figures of the benchmark', () => {
  it('are the median of their rounds, the least and the most', () => {
    assert.deepEqual(spreadOf([5, 1, 3]), { median: 3, min: 1, max: 5 });
    assert.deepEqual(spreadOf([4, 1, 2, 100]), { median: 3, min: 1, max: 100 });
  });

  it('are taken from each other round by round', () => {
    assert.deepEqual(differenceOf([10, 30, 50], [1, 20, 30]), { median: 10, min: 9, max: 20 });
  });

  it('are measured in turns', async () => {
    const order: string[] = [];
    const turn = (name: string) => () => Promise.resolve(order.push(name));
    const values = await inTurns(2, { ours: turn('ours'), peer: turn('peer') });
    assert.deepEqual(order, ['ours', 'peer', 'ours', 'peer']);
    assert.deepEqual(values, { ours: [1, 3], peer: [2, 4] });
  });

  it('are so many times less than those of the peer', () => {
    const figure: Figure = { ...FIGURE, ratio: { kind: 'less', reach: 30 } };
    assert.deepEqual([ratioOf(figure), isReached(figure)], [33.575, true]);
    assert.equal(isReached({ ...figure, ratio: { kind: 'less', reach: 34 } }), false);
  });

  it('are at most so many times those of the peer', () => {
    const figure: Figure = { ...FIGURE, ours: spreadOf([268_600]), ratio: { kind: 'times', reach: 2 } };
    assert.deepEqual([ratioOf(figure), isReached(figure)], [2, true]);
    assert.equal(isReached({ ...figure, ratio: { kind: 'times', reach: 1.9 } }), false);
  });

  it('are at most so much', () => {
    assert.equal(isReached({ ...FIGURE, most: 4000 }), true);
    assert.equal(isReached({ ...FIGURE, most: 3999 }), false);
    assert.equal(reachText({ ...FIGURE, most: 3999 }), 'at most 3999 ns');
  });

  it('say nothing of what is not asked, and of a peer that is missing', () => {
    assert.deepEqual(
      [ratioOf(FIGURE), isReached(FIGURE), reachText(FIGURE)],
      [undefined, undefined, undefined],
    );
    const alone: Figure = {
      ...FIGURE,
      peer: { kind: 'missing', name: 'ferm' },
      ratio: { kind: 'times', reach: 1 },
    };
    assert.deepEqual(
      [ratioOf(alone), isReached(alone), reachText(alone)],
      [undefined, undefined, 'at most 1x'],
    );
    assert.match(tableText([alone]), /ferm: peer missing {2,}at most 1x\n$/);
  });

  it('stand in a table with their verdict', () => {
    const [head, line] = tableText([{ ...FIGURE, ratio: { kind: 'less', reach: 30 } }]).split('\n');
    assert.match(head ?? '', /^what {4}ours +peer +ratio +to reach$/);
    assert.equal(
      line,
      'packet  4,000 ns (4,000 to 4,000)  stock chain: 134,300 ns (134,300 to 134,300)  33.6x less  at least 30x less: reached',
    );
  });
});
