import assert from 'node:assert/strict';
import type { LayoutChoice } from '../../../src/lower/choose-layout.ts';
import { lowerPlan } from '../../../src/lower/lower.ts';
import { compiledOf } from '../../support/compiled.ts';

/** So many entries, by what is written for each. */
function choiceFor(count: number, written: (at: number) => string, hasSets: boolean): LayoutChoice {
  const entries = Array.from({ length: count }, (_, at) => `{ conn: a, ${written(at)} }`);
  const { plan } = compiledOf(`version: 1\nsarefs: { a: 1 }\nentries: [${entries.join(', ')}]\n`);
  return lowerPlan(plan, { layout: 'auto', hasSets }).choice;
}

const byNetwork = (at: number): string => `dst: 10.${String(Math.floor(at / 256))}.${String(at % 256)}.0/24`;

describe('the layout that suits a policy', () => {
  it('is a row of rules for a few entries', () => {
    const choice = choiceFor(50, byNetwork, true);
    assert.deepEqual(choice, { layout: 'rules', why: '56 rules in a row are few' });
  });

  it('is sets for many that differ in their networks, where the host has sets', () => {
    assert.deepEqual(choiceFor(300, byNetwork, true), {
      layout: 'sets',
      why: '306 rules in a row would be many, and this host has ipset',
    });
  });

  it('is sets as soon as it is not rules, for entries of one kind', () => {
    for (let count = 45; count < 75; count += 1) {
      const { layout } = choiceFor(count, byNetwork, true);
      assert.equal(layout, count + 6 <= 60 ? 'rules' : 'sets', String(count));
    }
  });

  it('is a tree where it has none', () => {
    assert.deepEqual(choiceFor(300, byNetwork, false), {
      layout: 'tree',
      why: '306 rules in a row would be many, and no ipset is known to be there',
    });
  });

  it('is a tree where the entries differ in more', () => {
    const odd = (at: number): string => `${byNetwork(at)}, proto: ${String((at % 200) + 1)}`;
    assert.deepEqual(choiceFor(300, odd, true), {
      layout: 'tree',
      why: '306 rules in a row would be many, and sets would spare few of them',
    });
  });

  it('goes by the longer of two ways, for what goes out and from client to client', () => {
    const both = (at: number): string => `${byNetwork(at)}, in: mast0 }, { conn: a, ${byNetwork(at)}`;
    assert.deepEqual(choiceFor(25, both, true), { layout: 'rules', why: '53 rules in a row are few' });
    assert.deepEqual(choiceFor(100, both, true), {
      layout: 'sets',
      why: '203 rules in a row would be many, and this host has ipset',
    });
  });

  it('is rules where nothing else is better', () => {
    const wide = (at: number): string => `dst: 10.0.0.0/8, proto: udp, dport: ${String(at + 1)}`;
    assert.deepEqual(choiceFor(100, wide, true), {
      layout: 'rules',
      why: '106 rules in a row are many, but neither sets nor a tree would spare a third of that',
    });
  });
});
