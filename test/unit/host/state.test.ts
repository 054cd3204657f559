import assert from 'node:assert/strict';
import { emptyHost } from '../../../src/host/state.ts';
import { compiledOf } from '../../support/compiled.ts';

describe('emptyHost', () => {
  it('has the device and the table, and nothing of ours', () => {
    const { host } = compiledOf('version: 1\nmast: { table: 70 }\nsarefs: {}\nentries: []\n');
    const empty = emptyHost(host);
    assert.deepEqual(empty.link, { name: 'mast0', state: 'up' });
    assert.deepEqual(empty.routes, { table: 70, routes: [] });
    assert.equal(empty.tables.mangle.name, 'mangle');
    assert.deepEqual([empty.sysctls.size, empty.ipRules.length, empty.tables.mangle.chains.size], [0, 0, 0]);
  });
});
