import assert from 'node:assert/strict';
import { countingScripts, readCounts } from '../../../src/verify/count.ts';
import type { Probe } from '../../../src/verify/probe.ts';
import { probesFor } from '../../../src/verify/probe.ts';
import { compiledOf } from '../../support/compiled.ts';

function probesOf(count: number): readonly Probe[] {
  const entries = Array.from(
    { length: count },
    (_, index) =>
      `  - { conn: a, dst: 192.168.${String(index)}.0/24, proto: ${index % 2 === 0 ? 'tcp' : 'gre'} }\n`,
  );
  const { plan } = compiledOf(`version: 1\nsarefs: { a: 1 }\nentries:\n${entries.join('')}`);
  return probesFor(plan, { device: 'branch', missing: new Map() }).probes;
}

/** The rules as saved once packets have been counted: `elsewhere`, `onMast`, then by bit. */
function saved(probes: readonly Probe[], counts: readonly (readonly number[])[]): string {
  const lines = countingScripts(probes, 'mast0')
    .flat()
    .map(({ text }) => text);
  const seen = new Map<string, number>();
  const counted = lines.map((line) => {
    const [, chain = '', index = ''] = /^-A (SAREF-PROBE-(\d+)) /.exec(line) ?? [];
    if (chain === '') return line.startsWith('-A') ? `[7:7] ${line}` : line;
    const at = seen.get(chain) ?? 0;
    seen.set(chain, at + 1);
    return `[${String(counts[Number(index)]?.[at] ?? 0)}:0] ${line}`;
  });
  return ['*mangle', ...counted, 'COMMIT', ''].join('\n');
}

describe('the counting rules', () => {
  it('send each probe to a chain of its own, by its whole header', () => {
    const texts = countingScripts(probesOf(2), 'mast0')
      .flat()
      .flatMap(({ text }) => (text.startsWith('-A SAREF-PROBE ') ? [text] : []));
    assert.match(
      String(texts[0]),
      /^-A SAREF-PROBE -s \S+\/32 -d \S+\/32 -p tcp -m multiport --sports \d+ -m multiport --dports \d+ -j SAREF-PROBE-0$/,
    );
    assert.match(String(texts[2]), /^-A SAREF-PROBE -s \S+\/32 -d \S+\/32 -p (?:47|gre) -j SAREF-PROBE-2$/);
  });

  it('count all devices but mast, mast, and there each bit of the mark', () => {
    const own = countingScripts(probesOf(1), 'mast0')
      .flat()
      .flatMap(({ text }) => (text.startsWith('-A SAREF-PROBE-0 ') ? [text.slice(17)] : []));
    assert.deepEqual(own.slice(0, 3), ['! -o mast0', '-o mast0', '-o mast0 -m mark --mark 0x1/0x1']);
    assert.deepEqual([own.length, own.at(-1)], [34, '-o mast0 -m mark --mark 0x80000000/0x80000000']);
  });

  it('fit into scripts of less than 500 lines', () => {
    const scripts = countingScripts(probesOf(20), 'mast0');
    assert.equal(scripts.flat().length, 2 + 40 * 36);
    assert.ok(scripts.every((lines) => lines.length < 500));
  });
});

describe('counts', () => {
  const probes = probesOf(1);
  const bits = (...set: readonly number[]): number[] =>
    Array.from({ length: 32 }, (_, bit) => (set.includes(bit) ? 2 : 0));

  const cases = [
    ['a mark by its bits', [0, 2, ...bits(31, 17, 3)], { elsewhere: 0, onMast: 2, nfmark: 0x80020008 }],
    ['no bits', [0, 2, ...bits()], { elsewhere: 0, onMast: 2, nfmark: 0 }],
    ['no packet', [0, 0], { elsewhere: 0, onMast: 0, nfmark: 'none' }],
    ['packets in clear', [2, 0], { elsewhere: 2, onMast: 0, nfmark: 'none' }],
    ['a bit that some packets have', [0, 2, 1], { elsewhere: 0, onMast: 2, nfmark: 'mixed' }],
  ] as const;
  for (const [what, counts, count] of cases) {
    it(`read ${what}`, () => {
      assert.deepEqual(readCounts(probes, saved(probes, [counts, []]))[0], count);
    });
  }

  it('are none where the rules are gone', () => {
    assert.deepEqual(readCounts(probes, '*mangle\nCOMMIT\n')[0], { elsewhere: 0, onMast: 0, nfmark: 'none' });
  });
});
