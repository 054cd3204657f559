import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkConnLength } from '../../../../src/policy/checks/conn-length.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function check(conn: string): Diagnostic[] {
  return checkConnLength(policyOf(`version: 1\nsarefs: {}\nentries: [{ conn: ${conn}, dst: 10.9.1.1 }]\n`));
}

describe('checkConnLength', () => {
  it('counts bytes, of which a comment has 255', () => {
    assert.deepEqual(check('x'.repeat(255)), []);
    assert.deepEqual(check(`${'x'.repeat(253)}é`), []);
    const long = `${'x'.repeat(254)}é`;
    assert.deepEqual(check(long).map(wordsOf), [
      `SM1303 ${long}: has 256 bytes; a comment of iptables has 255`,
    ]);
  });

  it('does not mind a conn that no entry names', () => {
    const policy = policyOf(`version: 1\nsarefs: { ${'x'.repeat(256)}: 1 }\nentries: []\n`);
    assert.deepEqual(checkConnLength(policy), []);
  });
});
