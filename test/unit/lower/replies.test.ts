import assert from 'node:assert/strict';
import type { HostState } from '../../../src/host/state.ts';
import { rulesIn } from '../../../src/host/state.ts';
import { liftArrivals } from '../../../src/lower/replies.ts';
import { liftRekey, withRekey } from '../../../src/lower/rekey.ts';
import type { Translation } from '../../../src/plan/translations.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const ENTRIES = 'entries: [{ conn: a, dst: 192.168.0.0/24 }]\n';

function hostFor(sarefs: string, rest = ''): HostState {
  return compiledOf(`version: 1\n${rest}sarefs: { ${sarefs} }\n${ENTRIES}`).host;
}

function textsIn(host: HostState, chain: string): string[] {
  return rulesIn(host, chain).map(({ text }) => text);
}

const A_AND_B = 'b: { refhim: 1, ref: 7 }, a: { refhim: 5, ref: 3 }';
const JUMP = '-i mast0 -m conntrack --ctdir ORIGINAL -j SAREF-IN';
const UNKNOWN =
  '-m connmark --mark 0x0/0x80000000 -m comment --comment saref-mark -j CONNMARK --set-xmark 0x80000000/0xffff0000';

describe('what comes in by mast', () => {
  it('is told by which conn it is to be answered, before anything else', () => {
    const host = hostFor(A_AND_B);
    assert.deepEqual(textsIn(host, 'PREROUTING'), [JUMP, '-j IPSEC']);
    assert.deepEqual(textsIn(host, 'SAREF-IN'), [
      UNKNOWN,
      '-m mark --mark 0x80030000/0xffff0000 -m comment --comment a -j CONNMARK --set-xmark 0x80050000/0xffff0000',
      '-m mark --mark 0x80070000/0xffff0000 -m comment --comment b -j CONNMARK --set-xmark 0x80010000/0xffff0000',
    ]);
  });

  it('is asked whether it is known before the tree leads out of the chain', () => {
    const many = Array.from(
      { length: 9 },
      (_, index) => `c${String(index)}: { refhim: ${String(100 + index)}, ref: ${String(1 + index)} }`,
    );
    const host = hostFor(`a: 50, ${many.join(', ')}`);
    assert.equal(textsIn(host, 'SAREF-IN')[0], UNKNOWN);
    assert.match(textsIn(host, 'SAREF-IN')[1] ?? '', /-g SAREF-IN-12-0$/);
    assert.equal(textsIn(host, 'SAREF-IN-12-0').length, 7);
    assert.equal(liftArrivals(host.tables).marks.size, 9);
  });

  it('is left to the entries where no ref is known, or the policy says so', () => {
    for (const host of [hostFor('a: 1'), hostFor(A_AND_B, 'replies: entries\n')]) {
      assert.deepEqual(textsIn(host, 'PREROUTING'), ['-j IPSEC']);
      assert.deepEqual(liftArrivals(host.tables), {
        isLearned: false,
        marks: new Map(),
        refs: new Map(),
        zones: new Map(),
      });
    }
  });

  it('meets a translation of what flows remember after that', () => {
    const translations: readonly Translation[] = [
      { conn: 'a', from: 0x80010000, to: 0x800b0000, of: 'answers' },
      { conn: 'a', from: 0x80010000, to: 0, of: 'opened' },
    ];
    const translated = withRekey(hostFor(A_AND_B), translations);
    assert.deepEqual(liftRekey(translated.tables.mangle), translations);
    assert.deepEqual(textsIn(translated, 'PREROUTING'), [
      JUMP,
      '-m connmark --mark 0x80000000/0x80000000 -j SAREF-REKEY',
      '-j IPSEC',
    ]);
    assert.deepEqual(
      textsIn(translated, 'SAREF-REKEY').map((text) => /--ctdir \S+/.exec(text)?.[0]),
      ['--ctdir REPLY', '--ctdir ORIGINAL'],
    );
  });
});

describe('liftArrivals', () => {
  it('reads back what a policy says, and passes over all else', () => {
    const { marks, zones, isLearned } = liftArrivals(hostFor(A_AND_B).tables);
    assert.deepEqual(
      [[...marks], [...zones], isLearned],
      [
        [
          ['a', 0x80050000],
          ['b', 0x80010000],
        ],
        [
          ['a', 1],
          ['b', 2],
        ],
        true,
      ],
    );
    const strange = [
      '-m mark --mark 0x80030000/0xffff0000 -j CONNMARK --set-xmark 0x80050000/0xffff0000',
      '-m mark --mark 0x80030000/0xffff0000 -m comment --comment a -j CONNMARK --save-mark',
      '-m mark --mark 0x80030000/0xffff0000 -m comment --comment a -j MARK --set-xmark 0x80050000/0xffff0000',
      '-s some.name -j CONNMARK',
    ];
    const mangle = strange.map((line) => `-A SAREF-IN ${line}`).join('\n');
    assert.deepEqual(liftArrivals(hostOf({ mangle }).tables).marks, new Map());
  });
});
