import assert from 'node:assert/strict';
import type { Packet } from '../../../src/domain/packet.ts';
import { decide } from '../../../src/plan/decide.ts';
import { onwardConns, onwardEntriesOf } from '../../../src/plan/onward.ts';
import type { MarkPlan } from '../../../src/plan/plan.ts';
import { compiledOf } from '../../support/compiled.ts';
import { forwarded } from '../../support/packets.ts';

function planWith(sarefs: string, rest = ''): MarkPlan {
  return compiledOf(`version: 1
${rest}
sarefs: ${sarefs}
entries:
  - { conn: c, dst: 10.3.0.0/16, in: mast0 }
  - { conn: b, dst: 10.2.0.0/16, in: mast0, proto: udp }
  - { conn: b, dst: 10.0.0.0/8 }
`).plan;
}

const TOLD = '{ a: { refhim: 1, ref: 2 }, b: { refhim: 3, ref: 4 }, c: down }';
const plan = planWith(TOLD);

/** What mast has decapsulated for a. */
function fromA(parts: Parameters<typeof forwarded>[0]): Packet {
  return forwarded({ inInterface: 'mast0', nfmark: 0x80020000, src: '10.1.0.1', ...parts });
}

/** An answer of b's client. */
function answer(parts: Parameters<typeof forwarded>[0]): Packet {
  return fromA({ nfmark: 0x80040000, src: '10.2.0.1', dst: '10.1.0.1', direction: 'reply', ...parts });
}

function marksOf(one: Packet, of = plan): unknown[] {
  const { nfmark, ctmark, leavesByMast, entry } = decide(of, one);
  return [nfmark, ctmark, leavesByMast, entry?.conn];
}

describe('a packet of one client to another', () => {
  it('goes on by the conn of the first entry that takes it, and its flow remembers whom to answer', () => {
    assert.deepEqual(marksOf(fromA({ dst: '10.2.0.9' })), [0x80030000, 0x80010000, true, 'b']);
  });

  it('keeps the low bits of others', () => {
    const [nfmark] = marksOf(fromA({ dst: '10.2.0.9', nfmark: 0x80021234 }));
    assert.equal(nfmark, 0x80031234);
  });

  it('is blocked where the conn is down', () => {
    assert.deepEqual(marksOf(fromA({ dst: '10.3.0.9' })), [0x80000000, 0x80010000, true, 'c']);
  });

  it('leaves as main says where no entry is for what comes in by mast', () => {
    assert.deepEqual(marksOf(fromA({ dst: '10.2.0.9', protocol: 6 })), [
      ...[0x80020000, 0x80010000, false, undefined],
    ]);
  });

  it('is left alone where it is for this host', () => {
    assert.deepEqual(marksOf(fromA({ dst: '10.2.0.9', dstIsLocal: true })), [
      ...[0x80020000, 0x80010000, false, undefined],
    ]);
  });
});

describe('an answer that comes in by mast', () => {
  it('goes by the conn that its flow remembers', () => {
    assert.deepEqual(marksOf(answer({ ctmark: 0x80010000 })), [0x80010000, 0x80010000, true, undefined]);
  });

  it('is blocked where its flow is', () => {
    assert.deepEqual(marksOf(answer({ ctmark: 0x80000000 })), [0x80000000, 0x80000000, true, undefined]);
  });

  for (const [why, parts] of [
    ['its flow went out by the conn itself', { ctmark: 0x80030000 }],
    ['its flow remembers nothing', { ctmark: 0 }],
    ['it comes in by a conn that nothing is sent on by', { ctmark: 0x80030000, nfmark: 0x80020000 }],
    ['it is for this host', { ctmark: 0x80010000, dstIsLocal: true }],
  ] as const) {
    it(`is left alone where ${why}`, () => {
      const { nfmark, leavesByMast } = decide(plan, answer(parts));
      assert.deepEqual([nfmark, leavesByMast], [answer(parts).nfmark, false]);
    });
  }

  it('is a packet like all others where entries decide about answers', () => {
    const byEntries = planWith(TOLD, 'replies: entries');
    const one = answer({ dst: '10.2.0.9', ctmark: 0x80010000 });
    assert.deepEqual(marksOf(one, byEntries), [0x80030000, 0x80010000, true, 'b']);
  });
});

describe('what has SAref 0 and comes in by mast', () => {
  const unknown = fromA({ nfmark: 0, protocol: 6, dst: '192.0.2.1' });

  it('is dropped by mast where something is sent on, as routing takes it for that', () => {
    assert.deepEqual(marksOf(unknown), [0x80000000, 0x80000000, true, undefined]);
  });

  it('leaves as main says where nothing is', () => {
    const { plan: plain } = compiledOf(
      `version: 1\nsarefs: ${TOLD}\nentries: [{ conn: b, dst: 10.0.0.0/8 }]\n`,
    );
    assert.deepEqual(marksOf(unknown, plain), [0x80000000, 0x80000000, false, undefined]);
  });
});

describe('onwardConns', () => {
  it('are those that are up and that an entry for packets from tunnels names', () => {
    assert.deepEqual(
      onwardConns(plan).map(({ conn }) => conn),
      ['b'],
    );
    assert.deepEqual(
      onwardEntriesOf(plan).map(({ conn }) => conn),
      ['c', 'b'],
    );
    assert.deepEqual(onwardConns(planWith('{ a: 1, b: 3, c: down }')), []);
  });
});
