import assert from 'node:assert/strict';
import type { Codec } from '../../../../src/iptables/codecs/codec.ts';
import { policyProtocol, zone } from '../../../../src/iptables/codecs/special.ts';

/** What is typed, and how it is printed; undefined for what is refused. */
type Cases = readonly (readonly [string, string | undefined])[];

function itReads<T>(title: string, codec: Codec<T>, cases: Cases): void {
  it(title, () => {
    for (const [typed, printed] of cases) {
      const [first = '', second = ''] = codec.words === 2 ? typed.split(' ') : [typed];
      const value = codec.read(first, second);
      assert.equal(value === undefined ? undefined : codec.print(value), printed, typed);
    }
  });
}

describe('codecs of CT and policy', () => {
  itReads('read a zone by number or from the mark', zone, [
    ['0', '0'],
    ['0xffff', '65535'],
    ['mark', 'mark'],
    ['65536', undefined],
    ['nosuch', undefined],
  ]);

  itReads('print the protocol of a transform by name where it has one', policyProtocol, [
    ['esp', 'esp'],
    ['51', 'ah'],
    ['108', 'ipcomp'],
    ['tcp', '6'],
    ['nosuch', undefined],
  ]);
});
