import assert from 'node:assert/strict';
import type { Codec } from '../../src/iptables/codecs/codec.ts';

/** What is typed, and how it is printed; undefined for what is refused. */
type Cases = readonly (readonly [string, string | undefined])[];

export function itReads<T>(title: string, codec: Codec<T>, cases: Cases): void {
  it(title, () => {
    for (const [typed, printed] of cases) {
      const [first = '', second = ''] = codec.words === 2 ? typed.split(' ') : [typed];
      const value = codec.read(first, second);
      assert.equal(value === undefined ? undefined : codec.print(value), printed, typed);
    }
  });
}
