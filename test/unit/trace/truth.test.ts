import assert from 'node:assert/strict';
import { all, any, not, truthOf } from '../../../src/trace/truth.ts';

describe('truth', () => {
  it('is yes or no where something is known', () => {
    assert.deepEqual([truthOf(true), truthOf(false)], ['yes', 'no']);
  });

  it('stays unknown when it is turned around', () => {
    assert.deepEqual([not('yes'), not('no'), not('maybe')], ['no', 'yes', 'maybe']);
  });

  it('of all is no as soon as one is no, and maybe as soon as one is unknown', () => {
    assert.equal(all([]), 'yes');
    assert.equal(all(['yes', 'yes']), 'yes');
    assert.equal(all(['yes', 'maybe']), 'maybe');
    assert.equal(all(['maybe', 'no', 'yes']), 'no');
  });

  it('of any is yes as soon as one is yes, and maybe as soon as one is unknown', () => {
    assert.equal(any([]), 'no');
    assert.equal(any(['no', 'no']), 'no');
    assert.equal(any(['no', 'maybe']), 'maybe');
    assert.equal(any(['maybe', 'yes', 'no']), 'yes');
  });
});
