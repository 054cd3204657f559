import assert from 'node:assert/strict';
import { arrivalWords } from '../../../src/cli/arrival-text.ts';
import { emptyTable } from '../../../src/iptables/table.ts';
import { liftArrivals } from '../../../src/lower/replies.ts';
import type { Arrivals } from '../../../src/plan/arrivals.ts';
import { compiledOf } from '../../support/compiled.ts';
import { liveTablesOf } from '../../support/live.ts';

type Refs = Readonly<Record<string, readonly [refhim: number, ref: number] | 'down'>>;

function arrivals(conns: Refs, change = (rules: string): string => rules): Arrivals {
  const sarefs = Object.entries(conns).map(([conn, line]): [string, unknown] => [
    conn,
    line === 'down' ? line : { refhim: line[0], ref: line[1] },
  ]);
  const text = JSON.stringify({ version: 1, sarefs: Object.fromEntries(sarefs), entries: [] });
  return liftArrivals(liveTablesOf(compiledOf(text), change).tables);
}

const TWO = arrivals({ a: [2, 1], b: [4, 3] });
const NONE = liftArrivals({ nat: emptyTable('nat'), raw: emptyTable('raw'), mangle: emptyTable('mangle') });

function said(before: Arrivals, after: Arrivals): string[] {
  return arrivalWords(before, after).words.map((words) => words.trimEnd());
}

describe('arrivalWords', () => {
  it('has none where nothing changes', () => {
    assert.deepEqual(said(TWO, TWO), []);
    assert.deepEqual(said(NONE, NONE), []);
  });

  it('says that answers go by tunnel from now on, and of which conns', () => {
    assert.deepEqual(said(NONE, TWO), [
      'who comes in by a conn is answered by it from now on, not as the entries say: a, b;\n  who comes in by one that is not known is not answered',
    ]);
    const many = Object.fromEntries(
      Array.from(
        { length: 13 },
        (_, i) => [`c${String(i).padStart(2, '0')}`, [2 * i + 2, 2 * i + 1]] as const,
      ),
    );
    assert.match(said(NONE, arrivals(many)).join(), /: c00, c01, .*, c09 and 3 more;\n/);
    assert.deepEqual(said(TWO, NONE), [
      'who comes in by a conn is no longer answered by it: answers go as all packets do',
    ]);
  });

  it('says which SAref becomes which', () => {
    assert.deepEqual(said(TWO, arrivals({ a: [2, 1], b: [14, 3] })), [
      'answers to b stay with it: SAref 4 becomes SAref 14',
    ]);
    assert.deepEqual(said(TWO, arrivals({ a: [2, 11], b: [4, 3] })), [
      'a is known by inbound SAref 11 from now on, and was by SAref 1',
    ]);
  });

  it('says who gets the answers of whom', () => {
    const wrong = arrivals({ a: [2, 1], b: [4, 3] }, (rules) =>
      rules.replace('--set-xmark 0x80040000/', '--set-xmark 0x80020000/'),
    );
    assert.deepEqual(said(wrong, TWO), ['answers to b move from a (SAref 2) to b (SAref 4)']);
    const blocked = arrivals({ a: [2, 1], b: [4, 3] }, (rules) =>
      rules.replace('--set-xmark 0x80040000/', '--set-xmark 0x80000000/'),
    );
    assert.deepEqual(said(blocked, TWO), ['answers to b stay with it: blocked becomes SAref 4']);
  });

  it('says who is no longer answered, and who is again', () => {
    assert.deepEqual(said(TWO, arrivals({ a: [2, 1], b: 'down' })), [
      'who comes in by b is no longer answered, and was by SAref 4',
    ]);
    assert.deepEqual(said(arrivals({ a: [2, 1], b: 'down' }), arrivals({ a: [2, 1], b: [6, 5] })), [
      'who comes in by b was not answered, and is now by SAref 6',
    ]);
  });

  it('says which zone becomes which', () => {
    const without = arrivals({ a: [2, 1], b: [4, 3] }, (rules) =>
      rules.replace(/-A SAREF-ZONE .* b -j.*\n/, ''),
    );
    assert.deepEqual(said(without, TWO), ['what comes in by b gets zone 2 of conntrack, and had no zone']);
    assert.deepEqual(said(TWO, without), ['what comes in by b gets no zone of conntrack, and had zone 2']);
  });

  it('counts where there is much to say', () => {
    const conns = (offset: number): Refs =>
      Object.fromEntries(
        Array.from({ length: 13 }, (_, i) => [`c${String(i)}`, [2 * i + offset, 2 * i + 1]] as const),
      );
    const words = said(arrivals(conns(2)), arrivals(conns(102)));
    assert.deepEqual([words.length, words.at(-1)], [11, '3 more changes like these of other clients']);
  });

  it('is the same in JSON', () => {
    assert.deepEqual(arrivalWords(TWO, arrivals({ a: [2, 1], b: [14, 3] })).json, {
      ...{ before: 'tunnel', after: 'tunnel' },
      changes: [
        {
          conn: 'b',
          before: { inbound: '0x80030000', answer: '0x80040000', zone: 2 },
          after: { inbound: '0x80030000', answer: '0x800e0000', zone: 2 },
        },
      ],
    });
    assert.deepEqual(arrivalWords(NONE, TWO).json, { before: 'entries', after: 'tunnel', changes: [] });
  });
});
