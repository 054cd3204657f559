import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkUnknownConn } from '../../../../src/plan/checks/unknown-conn.ts';
import { policyOf, tableOf, wordsOf } from '../../../support/parsed.ts';

function check(conn: string, sarefs = '{ server-client1: 1, 5: 2 }'): Diagnostic[] {
  const policy = policyOf(`version: 1\nsarefs: ${sarefs}\nentries: [{ conn: ${conn}, dst: 10.9.1.1 }]\n`);
  return checkUnknownConn(policy, tableOf(policy));
}

describe('checkUnknownConn', () => {
  it('knows every conn of the sarefs map', () => {
    assert.deepEqual(check('server-client1'), []);
    assert.deepEqual(check('"5"'), []);
  });

  it('suggests the conn that is near', () => {
    const diagnostics = check('server-cleint1');
    assert.deepEqual(diagnostics.map(wordsOf), ['SM1301 server-cleint1: is not in sarefs']);
    assert.equal(diagnostics[0]?.help, 'did you mean server-client1?');
  });

  it('says how to add one where none is near', () => {
    const [diagnostic] = check('warehouse');
    assert.equal(diagnostic?.help, 'add it to sarefs, as a number or as\nwarehouse: down');
    assert.match(String(diagnostic.detail), /no nfmark to give/);
  });

  it('finds nothing near in an empty map', () => {
    assert.match(String(check('a', '{}')[0]?.help), /^add it/);
  });
});
