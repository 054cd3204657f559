import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkTooManyConns } from '../../../../src/policy/checks/too-many-conns.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function check(count: number, sarefs = 'pluto'): Diagnostic[] {
  const entries = Array.from({ length: count }, (_, index) => `{ conn: c${String(index)}, in: eth1 }`);
  return checkTooManyConns(policyOf(`version: 1\nsarefs: ${sarefs}\nentries: [${entries.join(', ')}]\n`));
}

describe('checkTooManyConns', () => {
  it('lets as many conns be as there are SArefs, and any number of entries', () => {
    assert.deepEqual(check(32_767), []);
    assert.deepEqual(check(32_767, '{ c0: 1, c32766: down }'), []);
  });

  it('points at the first conn that is left without one', () => {
    const [diagnostic, ...others] = check(32_770);
    assert.ok(diagnostic);
    assert.deepEqual(others, []);
    assert.equal(wordsOf(diagnostic), 'SM1006 c32767: is conn number 32768');
    assert.match(String(diagnostic.detail), /Behind it there are 2 more\.$/);
  });

  it('counts the conns of the map, too', () => {
    const [diagnostic] = check(32_767, '{ other: 7 }');
    assert.equal(diagnostic && wordsOf(diagnostic), 'SM1006 c32766: is conn number 32768');
    assert.doesNotMatch(String(diagnostic?.detail), /more/);
  });
});
