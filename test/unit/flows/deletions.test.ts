import assert from 'node:assert/strict';
import { deletionsOf } from '../../../src/flows/deletions.ts';
import type { Flow } from '../../../src/flows/flow.ts';
import { parseFlows } from '../../../src/flows/parse.ts';

function flowOf(sport: number, ctmark: number): Flow {
  const text = `udp 17 29 src=10.1.1.1 dst=10.1.1.2 sport=${String(sport)} dport=5 src=10.1.1.2 dst=10.1.1.1 sport=5 dport=${String(sport)} mark=${String(ctmark)}\n`;
  const [flow] = parseFlows(text).flows;
  assert.ok(flow);
  return flow;
}

function filters(flows: readonly Flow[], ...taken: readonly number[]): string[] {
  return deletionsOf(flows, { taken: new Set(taken), isExact: false }).map((filter) => filter.join(' '));
}

describe('deletionsOf', () => {
  it('takes a mark that is nobody’s any more at once', () => {
    assert.deepEqual(filters([flowOf(1, 0x80010007), flowOf(2, 0x80010000)], 0x80020000), [
      '-f ipv4 -m 0x80010000/0xffff0000',
    ]);
  });

  it('takes one by one what carries a mark that others keep', () => {
    const echo = { ...flowOf(1, 0x80010000), original: { src: 1, dst: 2, protocol: 1 } };
    assert.deepEqual(filters([flowOf(7, 0x80010007), echo], 0x80010000), [
      '-f ipv4 -p 17 -s 10.1.1.1 -d 10.1.1.2 --sport 7 --dport 5 -m 0x80010000/0xffff0000',
      '-f ipv4 -p 1 -s 0.0.0.1 -d 0.0.0.2 -m 0x80010000/0xffff0000',
    ]);
  });

  it('takes wider filters where there are too many', () => {
    const many = Array.from({ length: 201 }, (_, index) => flowOf(index, 0x80010000));
    assert.equal(filters(many.slice(1), 0x80010000).length, 200);
    assert.deepEqual(filters(many, 0x80010000), ['-f ipv4 -m 0x80010000/0xffff0000']);
    const marks = many.map((_, index) => flowOf(index, 0x80000000 + index * 0x10000));
    assert.deepEqual(filters(marks), ['-f ipv4 -m 0x80000000/0x80000000']);
  });

  it('takes one by one what has no mark, or a zone', () => {
    const zoned = { ...flowOf(8, 0x80010000), zone: 3 };
    assert.deepEqual(filters([flowOf(7, 0x1234), zoned]), [
      '-f ipv4 -p 17 -s 10.1.1.1 -d 10.1.1.2 --sport 7 --dport 5',
      '-f ipv4 -p 17 -s 10.1.1.1 -d 10.1.1.2 --sport 8 --dport 5 --orig-zone 3 -m 0x80010000/0xffff0000',
    ]);
  });

  it('takes nothing beside what is meant where that would not come to the same', () => {
    const many = Array.from({ length: 201 }, (_, index) => flowOf(index, 0x80010000));
    assert.equal(deletionsOf(many, { taken: new Set([0x80010000]), isExact: true }).length, 201);
  });
});
