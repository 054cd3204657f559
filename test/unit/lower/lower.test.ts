import assert from 'node:assert/strict';
import { lowerPlan } from '../../../src/lower/lower.ts';
import { compiledOf } from '../../support/compiled.ts';

describe('lowerPlan', () => {
  it('asks for the device to be up, and for switches, routes, ip rules and rules', () => {
    const { plan } = compiledOf(
      'version: 1\nmast: { interface: mast7, table: 70 }\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n',
    );
    const { host } = lowerPlan(plan, { layout: 'rules', hasSets: false });
    assert.deepEqual(host.link, { name: 'mast7', state: 'up' });
    assert.equal(host.sysctls.get('net.ipv4.conf.mast7.src_valid_mark'), true);
    assert.equal(host.routes.table, 70);
    assert.equal(host.ipRules.length, 4);
    assert.equal(host.tables.mangle.chains.get('SAREF-ENTRIES')?.rules.length, 7);
  });
});
