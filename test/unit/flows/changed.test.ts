import assert from 'node:assert/strict';
import { toCidr } from '../../../src/domain/cidr.ts';
import { packetText } from '../../../src/domain/packet.ts';
import type { ChangedFlows, Situation } from '../../../src/flows/changed.ts';
import { changedFlows } from '../../../src/flows/changed.ts';
import { parseFlows } from '../../../src/flows/parse.ts';
import type { Arrivals } from '../../../src/plan/arrivals.ts';
import { NO_ARRIVALS } from '../../../src/plan/arrivals.ts';
import { clausesOf } from '../../../src/plan/clauses.ts';
import type { Clause } from '../../../src/plan/clauses.ts';
import { compiledOf } from '../../support/compiled.ts';

const OWN = ['127.0.0.0/8', '10.9.1.1'].map((text) => {
  const reading = toCidr(text);
  assert.ok(reading.kind === 'cidr');
  return reading.cidr;
});

function entries(sarefs: string, ...lines: readonly string[]): Clause[] {
  const list = lines.map((line) => `  - { ${line} }\n`).join('');
  return clausesOf(compiledOf(`version: 1\nsarefs: { ${sarefs} }\nentries:\n${list}`).plan);
}

/** `SRC DST SAREF`, of UDP; the reply is the other way round. */
function flows(...texts: readonly string[]): Situation['flows'] {
  const lines = texts.map((text) => {
    const [src = '', dst = '', saref = ''] = text.split(' ');
    const ends = `src=${src} dst=${dst} sport=4000 dport=53 src=${dst} dst=${src} sport=53 dport=4000`;
    return `udp 17 29 ${ends} mark=${String(0x80000000 + Number(saref) * 0x10000 + 7)}\n`;
  });
  return parseFlows(lines.join('')).flows;
}

const NONE = { before: NO_ARRIVALS, after: NO_ARRIVALS };
const NOTHING: Situation = {
  before: [],
  after: [],
  standing: [],
  flows: [],
  own: OWN,
  arrivals: NONE,
  isByFlow: true,
};

/** The parts in words: `conn 1->2`, 0 for what is decided anew. */
function words(situation: Partial<Situation>): Record<keyof ChangedFlows, string[]> {
  const saref = (mark: number): string => String(Math.floor((mark % 0x80000000) / 0x10000));
  const translations = (list: ChangedFlows['lasting']): string[] =>
    list.map(({ conn, from, to }) => `${conn} ${saref(from)}->${to === 0 ? 'anew' : saref(to)}`);
  const said = (list: ChangedFlows['again']): string[] => list.map(({ original }) => packetText(original));
  const change = changedFlows({ ...NOTHING, ...situation });
  return {
    translations: translations(change.translations),
    lasting: translations(change.lasting),
    followed: said(change.followed),
    again: said(change.again),
  };
}

const A = 'conn: a, dst: 192.168.0.0/24';
const B = 'conn: b, dst: 192.168.1.0/24';
const TO_A = '10.9.1.1 192.168.0.5';
const TO_B = '10.9.1.1 192.168.1.5';
const PACKET_TO_A = 'udp 10.9.1.1:4000 -> 192.168.0.5:53';
const PACKET_TO_B = 'udp 10.9.1.1:4000 -> 192.168.1.5:53';

describe('changedFlows', () => {
  it('leaves flows in peace where nothing changes', () => {
    const same = entries('a: 1, b: 2', A, B);
    assert.deepEqual(words({ before: same, after: same, flows: flows(`${TO_A} 1`, `${TO_B} 2`) }), {
      translations: [],
      lasting: [],
      followed: [],
      again: [],
    });
  });

  it('does not look at flows that have not decided', () => {
    const [flow] = flows(`${TO_A} 1`) ?? [];
    assert.ok(flow);
    assert.deepEqual(words({ flows: [{ ...flow, ctmark: 0x1234 }] }).again, []);
  });

  it('translates what a conn had, for as long as there are flows with it', () => {
    const [before, after] = [entries('a: 1, b: 2', A, B), entries('a: 11, b: 2', A, B)];
    assert.deepEqual(words({ before, after, flows: flows(`${TO_A} 1`, `${TO_B} 2`) }), {
      translations: ['a 1->11'],
      lasting: ['a 1->11'],
      followed: [PACKET_TO_A],
      again: [],
    });
    assert.deepEqual(words({ before, after }).translations, ['a 1->11']);
    assert.deepEqual(words({ before, after }).lasting, []);
  });

  const standing = [{ conn: 'a', from: 0x80010000, to: 0x800b0000 }];

  it('keeps a translation that stands as long as there are flows for it, and brings it up to date', () => {
    const [before, after] = [entries('a: 11', A), entries('a: 12', A)];
    const known = flows(`${TO_A} 1`);
    assert.deepEqual(words({ before, after: before, standing, flows: known }).translations, ['a 1->11']);
    assert.deepEqual(words({ before, after: before, standing }).translations, []);
    assert.deepEqual(words({ before, after, standing, flows: known }).translations, ['a 1->12', 'a 11->12']);
    // back to where it was
    assert.deepEqual(words({ before, after: entries('a: 1', A), standing, flows: known }), {
      translations: ['a 11->1'],
      lasting: [],
      followed: [],
      again: [],
    });
  });

  it('has flows decided anew where their mark is another conn’s by now', () => {
    const change = words({
      before: entries('a: 1, b: 2', A, B),
      after: entries('a: 2, b: 1', A, B),
      flows: flows(`${TO_A} 1`, `${TO_B} 2`),
    });
    assert.deepEqual(change.translations, ['a 1->anew', 'b 2->anew']);
    assert.deepEqual([change.lasting, change.again], [[], [PACKET_TO_A, PACKET_TO_B]]);
  });

  it('follows a chain, with what is decided anew in front', () => {
    const change = words({
      before: entries('a: 1, b: 2', A, B),
      after: entries('a: 2, b: 3', A, B),
      flows: flows(`${TO_A} 1`, `${TO_B} 2`),
    });
    assert.deepEqual(change.translations, ['b 2->anew', 'a 1->2']);
    assert.deepEqual([change.followed, change.again], [[PACKET_TO_A], [PACKET_TO_B]]);
  });

  it('does not touch new flows of a mark when nothing changes any more', () => {
    const after = entries('a: 2, b: 1', A, B);
    const anew = [
      { conn: 'a', from: 0x80010000, to: 0 },
      { conn: 'b', from: 0x80020000, to: 0 },
    ];
    const settled = words({ before: after, after, standing: anew, flows: flows(`${TO_A} 2`, `${TO_B} 1`) });
    assert.deepEqual([settled.translations, settled.again], [[], []]);
    const left = words({ before: after, after, standing: anew, flows: flows(`${TO_A} 1`) });
    assert.deepEqual([left.translations, left.again], [['b 1->anew'], [PACKET_TO_A]]);
  });

  it('blocks the flows of a conn that goes down, and decides them anew when it comes up', () => {
    const [up, down] = [entries('a: 1', A), entries('a: down', A)];
    assert.deepEqual(words({ before: up, after: down, flows: flows(`${TO_A} 1`) }).translations, ['a 1->0']);
    const change = words({ before: down, after: up, flows: flows(`${TO_A} 0`) });
    assert.deepEqual([change.translations, change.again], [['a 0->anew'], [PACKET_TO_A]]);
  });

  it('blocks flows that a sender may have decided until they are deleted, for none may know the next packet', () => {
    const sent = `${A}, user: 34`;
    const known = entries('a: 1, b: 2', sent, B);
    const after = entries('a: 2, b: 1', sent, B);
    const change = words({ before: known, after, flows: flows(`${TO_A} 1`, `${TO_B} 2`) });
    assert.deepEqual(change.translations, ['b 2->anew', 'a 1->0']);
    assert.deepEqual(change.again, [PACKET_TO_A, PACKET_TO_B]);
    const blocked = words({ before: after, after, flows: flows(`${TO_A} 0`) });
    assert.deepEqual([blocked.translations, blocked.again], [[], [PACKET_TO_A]]);
  });

  it('decides anew what waits for its translation and is another conn’s by then', () => {
    const same = entries('a: 11, b: 2', A, B);
    const change = words({ before: same, after: same, standing, flows: flows(`${TO_B} 1`) });
    assert.deepEqual([change.translations, change.again], [['a 1->anew'], [PACKET_TO_B]]);
  });

  it('has flows of a conn that is gone, or has several marks now, decided anew', () => {
    const before = entries('a: 1', A);
    assert.deepEqual(words({ before, after: [] }).translations, ['a 1->anew']);
    const several = entries('a: 2', A, 'conn: a, saref: 3, dst: 192.168.1.0/24');
    const change = words({ before, after: several, flows: flows(`${TO_A} 1`) });
    assert.deepEqual([change.translations, change.again], [['a 1->anew'], [PACKET_TO_A]]);
  });

  it('has the flows of a network decided anew that moves to another conn', () => {
    const [before, after] = [
      entries('a: 1, b: 2', A, B),
      entries('a: 1, b: 2', B, 'conn: b, dst: 192.168.0.0/25', A),
    ];
    const change = words({ before, after, flows: flows(`${TO_A} 1`, '10.9.1.1 192.168.0.200 1') });
    assert.deepEqual([change.translations, change.again], [['a 1->anew'], [PACKET_TO_A]]);
  });

  it('decides anew rather than translate where some flows of a mark move, and lets the others follow later', () => {
    const before = entries('a: 1, b: 2', A, B);
    const after = entries('a: 11, b: 2', B, 'conn: b, dst: 192.168.0.0/25', A);
    const all = flows(`${TO_A} 1`, '10.9.1.1 192.168.0.200 1');
    const change = words({ before, after, flows: all });
    assert.deepEqual([change.translations, change.lasting], [['a 1->anew'], ['a 1->11']]);
    const anew = [{ conn: 'a', from: 0x80010000, to: 0 }];
    const next = words({ before: after, after, standing: anew, flows: all?.slice(1) });
    assert.deepEqual([next.translations, next.again], [['a 1->11'], []]);
  });

  it('has flows decided anew that carry the mark of nobody, and of more than one', () => {
    const after = entries('a: 1', A);
    assert.deepEqual(words({ before: after, after, flows: flows(`${TO_A} 9`) }).translations, [
      'an unnamed conn 9->anew',
    ]);
    const anew = [{ conn: 'an unnamed conn', from: 0x80090000, to: 0 }];
    assert.deepEqual(words({ before: after, after, standing: anew }).translations, []);
    const clauses = entries('a: 1, b: 2', A, B);
    const shared = clauses.map(({ selector, outcome }) => ({
      selector,
      outcome: outcome && { ...outcome, nfmark: 0x80010000 },
    }));
    const change = words({ before: shared, after: clauses, flows: flows(`${TO_A} 1`, `${TO_B} 1`) });
    assert.deepEqual([change.translations, change.again], [['a 1->anew'], [PACKET_TO_B]]);
  });

  describe('where it cannot be told how a packet came in', () => {
    const one = ['conn: a, dst: 192.168.0.0/24, in: eth1', 'conn: b, dst: 192.168.0.0/24, in: eth2'];
    const forwarded = '10.9.2.9 192.168.0.5';

    it('takes the mark of the flow for an answer', () => {
      const before = entries('a: 1, b: 2, c: 3', ...one, 'conn: c, dst: 192.168.0.0/24');
      const after = entries('a: 1, b: 12, c: 3', ...one, 'conn: c, dst: 192.168.0.0/24');
      const all = flows(`${forwarded} 1`, `${forwarded} 2`, `${forwarded} 3`);
      assert.deepEqual(words({ before, after, flows: all }).again, []);
      assert.equal(words({ before, after, flows: all }).followed.length, 1);
    });

    it('decides anew where one way of those possible is another conn’s now', () => {
      const before = entries('a: 1', 'conn: a, dst: 192.168.0.0/24');
      const after = entries('a: 1, b: 2', one[1] ?? '', 'conn: a, dst: 192.168.0.0/24');
      const change = words({ before, after, flows: flows(`${forwarded} 1`, `${TO_A} 1`) });
      assert.deepEqual(change.again, ['udp 10.9.2.9:4000 -> 192.168.0.5:53']);
      // and is quiet from then on
      assert.deepEqual(
        words({ before: after, after, flows: flows(`${forwarded} 2`, `${forwarded} 1`) }).again,
        [],
      );
    });
  });

  it('lets the answers of this host decide for flows that others open', () => {
    const same = entries('a: 1', A);
    assert.deepEqual(words({ before: same, after: same, flows: flows('192.168.0.5 10.9.1.1 1') }).again, []);
    const gone = words({ before: same, after: [], flows: flows('192.168.0.5 10.9.1.1 1') });
    assert.equal(gone.again.length, 1);
  });

  it('has flows that only talk to this host decided anew: nothing decides for them', () => {
    const same = entries('a: 1', A);
    assert.equal(words({ before: same, after: same, flows: flows('127.0.0.1 10.9.1.1 1') }).again.length, 1);
  });

  it('forgets all flows where each packet decides for itself', () => {
    const same = entries('a: 1', A);
    const change = words({ before: same, after: same, flows: flows(`${TO_A} 1`), isByFlow: false });
    assert.deepEqual([change.translations, change.again], [['a 1->anew'], [PACKET_TO_A]]);
  });

  it('keeps all translations that may be needed where nobody can list flows', () => {
    const [before, after] = [entries('a: 1, b: 2', A, B), entries('a: 2, b: 3', A, B)];
    const change = words({ before, after, flows: undefined });
    assert.deepEqual(change.translations, ['b 2->anew', 'a 1->2']);
    assert.deepEqual(change.lasting, change.translations);
    const anew = [
      { conn: 'a', from: 0x80010000, to: 0x80020000 },
      { conn: 'b', from: 0x80020000, to: 0 },
    ];
    assert.deepEqual(
      words({ before: after, after, standing: anew, flows: undefined }).translations,
      change.translations,
    );
    // b has it back
    const back = entries('b: 2', B);
    assert.deepEqual(
      words({ before: back, after: back, standing: anew.slice(1), flows: undefined }).translations,
      [],
    );
  });

  describe('with answers by the conn that asked', () => {
    const learned = (sarefs: Record<string, number>, zones: Record<string, number>): Arrivals => ({
      isLearned: true,
      refs: new Map(),
      marks: new Map(Object.entries(sarefs).map(([conn, saref]) => [conn, 0x80000000 + saref * 0x10000])),
      zones: new Map(Object.entries(zones)),
    });
    const zoned = (zone: number, list: Situation['flows']): Situation['flows'] =>
      list?.map((flow) => ({ ...flow, zone }));
    const ANSWERED = learned({ a: 1, b: 2 }, { a: 1, b: 2 });
    const REKEYED = learned({ a: 11, b: 2 }, { a: 1, b: 2 });
    const arrival = '192.168.0.5 10.9.1.1';

    it('asks the entries about the flows alone that did not come in by mast', () => {
      const same = entries('a: 1, b: 2', A, B);
      const arrivals = { before: ANSWERED, after: ANSWERED };
      const all = [...(zoned(2, flows(`${arrival} 2`)) ?? []), ...(flows(`${TO_B} 2`) ?? [])];
      assert.deepEqual(words({ before: same, after: same, flows: all, arrivals }).again, []);
      const moved = words({ before: same, after: entries('a: 1', A), flows: all, arrivals });
      assert.deepEqual(moved.again, [PACKET_TO_B]);
    });

    it('has one rule for both where both follow', () => {
      const [before, after] = [entries('a: 1, b: 2', A, B), entries('a: 11, b: 2', A, B)];
      const arrivals = { before: ANSWERED, after: REKEYED };
      const all = [...(zoned(1, flows(`${arrival} 1`)) ?? []), ...(flows(`${TO_A} 1`) ?? [])];
      const change = changedFlows({ ...NOTHING, before, after, flows: all, arrivals });
      assert.deepEqual(change.translations, [{ conn: 'a', from: 0x80010000, to: 0x800b0000 }]);
      assert.equal(change.followed.length, 2);
    });

    it('has a rule for each where they part', () => {
      const [before, after] = [entries('a: 1, b: 2', A, B), entries('b: 2', B)];
      const arrivals = { before: ANSWERED, after: REKEYED };
      const all = [...(zoned(1, flows(`${arrival} 1`)) ?? []), ...(flows(`${TO_A} 1`) ?? [])];
      const change = changedFlows({ ...NOTHING, before, after, flows: all, arrivals });
      assert.deepEqual(change.translations, [
        { conn: 'a', from: 0x80010000, to: 0, of: 'opened' },
        { conn: 'a', from: 0x80010000, to: 0x800b0000, of: 'answers' },
      ]);
      const again = changedFlows({
        ...NOTHING,
        ...{ before: after, after, flows: all, standing: change.translations },
        arrivals: { before: REKEYED, after: REKEYED },
      });
      assert.deepEqual(again.translations, change.translations);
    });

    it('leaves those in peace that are blocked for nobody knows whose they are', () => {
      const same = entries('a: 1', A);
      const arrivals = { before: ANSWERED, after: ANSWERED };
      const change = words({
        ...{ before: same, after: same, arrivals, isByFlow: false },
        flows: flows('172.20.0.1 10.9.1.1 0', `${TO_A} 0`),
      });
      assert.deepEqual(change.again, [PACKET_TO_A]);
    });

    it('forgets those that a new zone cuts, decided or not', () => {
      const same = entries('a: 1, b: 2', 'conn: a, dst: 192.168.0.0/24, sport: 53, proto: udp', B);
      const arrivals = { before: learned({ b: 2 }, { b: 2 }), after: ANSWERED };
      const asked =
        flows(`${arrival} 1`, '172.20.0.1 10.9.1.1 0', '172.20.0.2 10.9.1.1 3', `${TO_B} 2`) ?? [];
      const undecided = asked.map((flow) => ({ ...flow, ctmark: 0 }));
      const change = words({ before: same, after: same, flows: [...asked, ...undecided], arrivals });
      assert.deepEqual(change.again, [
        'udp 192.168.0.5:4000 -> 10.9.1.1:53',
        'udp 172.20.0.1:4000 -> 10.9.1.1:53',
        'udp 172.20.0.2:4000 -> 10.9.1.1:53',
        'udp 192.168.0.5:4000 -> 10.9.1.1:53',
      ]);
    });
  });
});
