import assert from 'node:assert/strict';
import type { ArrivalSituation, ChangedArrivals } from '../../../src/flows/arrived.ts';
import { changedArrivals } from '../../../src/flows/arrived.ts';
import type { Flow } from '../../../src/flows/flow.ts';
import type { Arrivals } from '../../../src/plan/arrivals.ts';
import { NO_ARRIVALS } from '../../../src/plan/arrivals.ts';

function mark(saref: number): number {
  return 0x80000000 + saref * 0x10000;
}

/** Conns a and b in zones 1 and 2, with these SArefs; 0 is one that is down. */
function arrivals(sarefs: Readonly<Record<string, number>>): Arrivals {
  const up = Object.entries(sarefs).filter(([, saref]) => saref !== 0);
  return {
    isLearned: true,
    refs: new Map(),
    marks: new Map(up.map(([conn, saref]) => [conn, mark(saref)])),
    zones: new Map([
      ['a', 1],
      ['b', 2],
    ]),
  };
}

/** One flow of each zone and SAref. */
function flows(...texts: readonly `${number}:${number}`[]): Flow[] {
  return texts.map((text, index) => {
    const [zone, saref] = text.split(':').map(Number) as [number, number];
    const ends = { src: index, dst: 9, protocol: 17, sport: 4000, dport: 7 };
    return { original: ends, reply: ends, ctmark: saref < 0 ? 5 : mark(saref) + 5, zone };
  });
}

/** In words: `a 1->11`, and `1:5` for a flow of zone 1 with the mark of SAref 5. */
function words(
  situation: Partial<ArrivalSituation>,
  running: readonly Flow[] | undefined,
): Record<keyof ChangedArrivals, string[]> {
  const same = arrivals({ a: 1, b: 5 });
  const change = changedArrivals(
    { before: same, after: same, standing: [], entryMarks: new Set(), ...situation },
    running,
  );
  const saref = (value: number): string => String(Math.floor((value - 0x80000000) / 0x10000));
  const translations = (list: ChangedArrivals['lasting']): string[] =>
    list.map(({ conn, from, to }) => `${conn} ${saref(from)}->${saref(to)}`);
  const said = (list: readonly Flow[]): string[] =>
    list.map(({ zone, ctmark }) => `${String(zone)}:${saref(ctmark)}`);
  return {
    translations: translations(change.translations),
    lasting: translations(change.lasting),
    followed: said(change.followed),
    again: said(change.again),
  };
}

const NOTHING = { translations: [], lasting: [], followed: [], again: [] };

describe('changedArrivals', () => {
  it('leaves in peace what is answered by its conn, by none, or not yet', () => {
    assert.deepEqual(words({}, flows('1:1', '2:5', '1:0', '2:0', '1:-1', '9:7')), NOTHING);
    assert.deepEqual(words({}, undefined), NOTHING);
  });

  it('takes an answer along to the SAref that its conn has by now', () => {
    const after = arrivals({ a: 11, b: 5 });
    assert.deepEqual(words({ after }, flows('1:1', '2:5')), {
      translations: ['a 1->11'],
      lasting: ['a 1->11'],
      followed: ['1:1'],
      again: [],
    });
    // there may be one by the time that the rules are written
    assert.deepEqual(words({ after }, []), { ...NOTHING, translations: ['a 1->11'] });
    assert.deepEqual(words({ after }, undefined).lasting, ['a 1->11']);
  });

  it('blocks the answers of a conn that goes down', () => {
    const change = words({ after: arrivals({ a: 0, b: 5 }) }, flows('1:1'));
    assert.deepEqual([change.translations, change.followed], [['a 1->0'], ['1:1']]);
  });

  it('blocks and forgets answers whose mark is another conn’s by now', () => {
    const after = arrivals({ a: 5, b: 1 });
    const change = words({ after }, flows('1:1', '2:5'));
    assert.deepEqual(change, {
      translations: ['a 1->0', 'b 5->0'],
      lasting: [],
      followed: [],
      again: ['1:1', '2:5'],
    });
    const taken = words({ after: arrivals({ a: 11, b: 5 }), entryMarks: new Set([mark(1)]) }, flows('1:1'));
    assert.deepEqual([taken.translations, taken.again], [['a 1->0'], ['1:1']]);
  });

  it('knows the conn of a zone even where the mark is not that conn’s', () => {
    const change = words({ after: arrivals({ a: 11, b: 5 }) }, flows('2:1'));
    assert.deepEqual(change, { ...NOTHING, translations: ['a 1->11'] });
  });

  it('keeps a translation as long as it has flows', () => {
    const [same, standing] = [
      arrivals({ a: 11, b: 5 }),
      [{ conn: 'a', from: mark(1), to: mark(11), of: 'answers' as const }],
    ];
    const situation = { before: same, after: same, standing };
    assert.deepEqual(words(situation, flows('1:1')), {
      translations: ['a 1->11'],
      lasting: ['a 1->11'],
      followed: ['1:1'],
      again: [],
    });
    assert.deepEqual(words(situation, flows('1:11')), NOTHING);
  });

  it('follows by the mark alone where nobody knows the zone', () => {
    const change = words({ after: arrivals({ a: 11, b: 5 }) }, flows('9:1', '9:5'));
    assert.deepEqual([change.followed, change.again], [['9:1'], []]);
    const strange = words({ after: arrivals({ a: 5, b: 1 }) }, flows('9:1'));
    assert.deepEqual([strange.followed, strange.again], [[], []]);
  });

  it('forgets all of them where the entries decide from now on', () => {
    const change = words({ after: NO_ARRIVALS }, flows('1:1', '2:0', '9:1'));
    assert.deepEqual(change, { ...NOTHING, again: ['1:1', '2:0'] });
    assert.deepEqual(words({ after: NO_ARRIVALS }, undefined), NOTHING);
  });
});
