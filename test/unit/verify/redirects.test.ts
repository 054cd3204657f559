import assert from 'node:assert/strict';
import type { Check } from '../../../src/verify/check.ts';
import { checkRedirects, redirectKeys } from '../../../src/verify/redirects.ts';
import { compiledOf } from '../../support/compiled.ts';
import { liveOf } from '../../support/live.ts';
import { wordsOf } from '../../support/parsed.ts';

const KEYS = redirectKeys('mast0');

/** With the switches of all and of mast0. */
function checksOf(entry: string, ...switches: readonly boolean[]): Check[] {
  const compiled = compiledOf(`version: 1\nsarefs: { ben: 22 }\nentries: [${entry}]\n`);
  const sysctls = new Map(KEYS.map((key, index) => [key, switches[index] === true]));
  return checkRedirects(compiled.plan, { ...liveOf(compiled), sysctls });
}

const ONWARD = '{ conn: ben, dst: 10.20.2.0/24, in: mast0 }';

describe('checkRedirects', () => {
  it('is silent where both switches are off', () => {
    assert.deepEqual(
      checksOf(ONWARD, false, false).map(({ result, text, diagnostics }) => [
        result,
        text,
        diagnostics.length,
      ]),
      [['ok', 'off for mast0', 0]],
    );
  });

  for (const [all, own] of [
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    it(`warns where all is ${all ? 'on' : 'off'} and mast0 ${own ? 'on' : 'off'}, and switches off what is on`, () => {
      const [check] = checksOf(ONWARD, all, own);
      assert.equal(check?.result, 'ok');
      const [diagnostic] = check.diagnostics;
      assert.ok(diagnostic);
      assert.equal(wordsOf(diagnostic), 'SM4034 ben: sends on what comes in by mast0');
      const lines = KEYS.filter((_, index) => [all, own][index]).map((key) => `sysctl -w ${key}=0`);
      assert.deepEqual(diagnostic.help?.split('\n').slice(1), lines);
    });
  }

  it('does not apply to a plan that sends nothing on from client to client', () => {
    assert.deepEqual(checksOf('{ conn: ben, dst: 10.20.2.0/24, in: eth1 }', true, true), []);
  });
});
