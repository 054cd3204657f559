import { applySuite } from '../../support/apply-suite.ts';
import { setSuite } from '../../support/set-suite.ts';
import { fakeHost } from '../../support/fake-host.ts';

describe('apply, on the fake host,', () => {
  applySuite(() => Promise.resolve({ ...fakeHost(), close: () => Promise.resolve() }), 'auto');

  describe('in sets', () => {
    setSuite(() => Promise.resolve({ ...fakeHost(), close: () => Promise.resolve() }), 'auto');
  });
});
