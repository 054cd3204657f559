import assert from 'node:assert/strict';
import { parsePolicy } from '../../../src/policy/parse.ts';
import type { Spanned } from '../../../src/policy/policy.ts';
import { policyOf, textOf } from '../../support/parsed.ts';

/** A value and what the file says in its place. */
function told<T>(spanned: Spanned<T> | undefined): readonly [T, string] | undefined {
  return spanned && [spanned.value, textOf(spanned.span)];
}

describe('parsePolicy', () => {
  it('fills in the defaults', () => {
    const { dataplane, tracking, mast } = policyOf('version: 1\nsarefs: {}\nentries: []\n');
    assert.deepEqual(
      { dataplane, tracking, mast },
      {
        dataplane: 'mast',
        tracking: 'packet',
        mast: { interface: 'mast0', table: 50, ikePorts: [500, 4500] },
      },
    );
  });

  it('fills in what a part of the settings leaves out', () => {
    const { mast } = policyOf('version: 1\nmast: { table: 7 }\nsarefs: {}\nentries: []\n');
    assert.deepEqual(mast, { interface: 'mast0', table: 7, ikePorts: [500, 4500] });
  });

  it('takes what is written', () => {
    const { mast } = policyOf(
      'version: 1\ndataplane: mast\ntracking: packet\nmast: { interface: mast7, ike-ports: [] }\nsarefs: {}\nentries: []\n',
    );
    assert.deepEqual(mast, { interface: 'mast7', table: 50, ikePorts: [] });
  });

  it('reads the SArefs of each conn, each in its place', () => {
    const { sarefs } = policyOf(`version: 1
sarefs:
  one: 0x12
  both: { ref: 21, refhim: 22 }
  half: { refhim: 23 }
  dead: down
entries: []
`);
    assert.ok(sarefs !== 'pluto');
    assert.deepEqual(
      sarefs.map(({ conn, refhim, ref }) => [told(conn), told(refhim), told(ref)]),
      [
        [['one', 'one'], [18, '0x12'], undefined],
        [
          ['both', 'both'],
          [22, '22'],
          [21, '21'],
        ],
        [['half', 'half'], [23, '23'], undefined],
        [['dead', 'dead'], undefined, undefined],
      ],
    );
  });

  it('reads no policy from what is no YAML', () => {
    const { policy, diagnostics } = parsePolicy({ name: 'policy.yaml', text: 'version: [' });
    assert.equal(policy, undefined);
    assert.ok(diagnostics.length > 0 && diagnostics.every(({ code }) => code === 'SM1001'));
  });

  it('reads no policy from what has another shape', () => {
    const { policy, diagnostics } = parsePolicy({ name: 'policy.yaml', text: 'version: 1' });
    assert.equal(policy, undefined);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['SM1002'],
    );
  });
});
