import assert from 'node:assert/strict';
import { locateRefusal } from '../../../src/apply/refusal.ts';
import type { Trial } from '../../../src/apply/refusal.ts';

const TABLE = '*mangle\n:A - [0:0]\n-A A -j ACCEPT\n-A A -j DROP\nCOMMIT\n';

function script(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => `-A A -s 10.0.0.${String(index)}/32`);
  return ['*mangle', ':A - [0:0]', ...lines, '-A OUTPUT -j A', 'COMMIT', ''].join('\n');
}

/** A kernel that does not want these texts. */
function refusing(...unwanted: readonly string[]): { trial: Trial; tried: string[][] } {
  const tried: string[][] = [];
  const trial: Trial = (scripts) => {
    tried.push([...scripts]);
    return Promise.resolve(!scripts.some((one) => unwanted.some((text) => one.includes(text))));
  };
  return { trial, tried };
}

const isEntry = (index: number): boolean => index > 1 && index < 11;

describe('locateRefusal', () => {
  for (const at of [0, 1, 41, 98, 99]) {
    it(`finds line ${String(at)} of 100, in few trials`, async () => {
      const text = `-A A -s 10.0.0.${String(at)}/32`;
      const { trial, tried } = refusing(`${text}\n`);
      const isSuspect = (index: number): boolean => index > 1 && index < 102;
      const found = await locateRefusal({ table: TABLE, script: script(100), isSuspect }, trial);
      assert.deepEqual(found, { where: 'script', index: at + 2, text });
      assert.ok(tried.length < 15, String(tried.length));
      assert.ok(tried.every(([first]) => first === TABLE));
    });
  }

  it('finds the first of two', async () => {
    const { trial } = refusing('10.0.0.3/32\n', '10.0.0.7/32\n');
    const found = await locateRefusal({ table: TABLE, script: script(9), isSuspect: isEntry }, trial);
    assert.equal(found?.index, 5);
  });

  it('finds a rule that is in the table already', async () => {
    const { trial } = refusing('-A A -j DROP');
    const found = await locateRefusal({ table: TABLE, script: script(9), isSuspect: isEntry }, trial);
    assert.deepEqual(found, { where: 'table', index: 3, text: '-A A -j DROP' });
  });

  it('finds none where all is taken now, or the refusal is for none of the suspects', async () => {
    const attempted = {
      table: TABLE,
      script: script(9),
      isSuspect: (index: number) => index > 1 && index < 5,
    };
    assert.equal(await locateRefusal(attempted, refusing().trial), undefined);
    assert.equal(await locateRefusal(attempted, refusing('10.0.0.8/32').trial), undefined);
    assert.equal(await locateRefusal(attempted, refusing('*mangle').trial), undefined);
  });
});
