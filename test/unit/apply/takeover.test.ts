import { fakeHost } from '../../support/fake-host.ts';
import { takeoverSuite } from '../../support/takeover-suite.ts';

describe('apply and remove, on the fake host,', () => {
  takeoverSuite(() => Promise.resolve({ ...fakeHost(), close: () => Promise.resolve() }), 'auto');
});
