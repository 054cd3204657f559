import assert from 'node:assert/strict';
import { didYouMean } from '../../../src/diagnostics/suggest.ts';

const KEYS = ['version', 'dataplane', 'tracking', 'mast', 'sarefs', 'entries'];

describe('didYouMean', () => {
  for (const [word, meant] of [
    ['entires', 'entries'],
    ['saref', 'sarefs'],
    ['data-plane', 'dataplane'],
    ['mats', 'mast'],
    ['trackign', 'tracking'],
    ['entries', 'entries'],
  ] as const) {
    it(`takes ${word} for ${meant}`, () => {
      assert.equal(didYouMean(word, KEYS), meant);
    });
  }

  for (const word of ['connections', 'x', 'interface', 'policy-version']) {
    it(`knows nothing near ${word}`, () => {
      assert.equal(didYouMean(word, KEYS), undefined);
    });
  }

  it('allows a long word more mistakes than a short one', () => {
    assert.equal(didYouMean('wrehose-nrth', ['warehouse-north']), 'warehouse-north');
    assert.equal(didYouMean('wnth', ['north']), undefined);
  });

  it('takes the nearest', () => {
    assert.equal(didYouMean('client2', ['client10', 'client1', 'client22']), 'client1');
    assert.equal(didYouMean('clinet22', ['client10', 'client2', 'client22']), 'client22');
  });

  it('has nothing to suggest where there is nothing', () => {
    assert.equal(didYouMean('lab', []), undefined);
  });
});
