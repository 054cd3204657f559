import assert from 'node:assert/strict';
import { stepsTo } from '../../../src/delta/delta.ts';
import { simulate } from '../../../src/delta/simulate.ts';
import { printHost } from '../../../src/host/print.ts';
import type { HostState } from '../../../src/host/state.ts';
import { emptyHost, onKernel } from '../../../src/host/state.ts';
import { diffPolicy, goalWithoutOurs } from '../../../src/pipeline.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const COMPILED = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.0.0.0/8 }]\n');
const { host } = COMPILED;

function applied(live: HostState): HostState {
  return simulate(live, diffPolicy(COMPILED, live));
}

function removed(live: HostState): HostState {
  const goal = goalWithoutOurs({ interface: 'mast0', table: 50 });
  const after = simulate(live, stepsTo(goal, live));
  assert.deepEqual(stepsTo(goal, after), []);
  return after;
}

/** A host on which these rules stand before we come. */
function holding(mangle: string): HostState {
  return { ...onKernel(emptyHost(host)), tables: hostOf({ mangle }).tables, sysctls: new Map() };
}

describe('a host without ours', () => {
  it('leaves nothing on a host of ours alone, and gives the switch back', () => {
    const after = removed(applied(holding(':PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]')));
    assert.deepEqual(after.routes.routes, []);
    assert.deepEqual([...after.tables.mangle.chains.keys()], ['PREROUTING', 'OUTPUT']);
    assert.equal(after.sysctls.get('net.ipv4.conf.mast0.src_valid_mark'), false);
    assert.deepEqual(after.ipRules, onKernel(emptyHost(host)).ipRules);
  });

  it('has nothing to do where nothing of ours is', () => {
    const live = { ...holding('-A OUTPUT -j ACCEPT'), sysctls: new Map(givenBack()) };
    assert.equal(printHost(removed(live)), printHost(live));
  });

  it('keeps rules of others in every chain', () => {
    const rules = '-A PREROUTING -p tcp -j ACCEPT\n-A OUTPUT -j DROP\n-A FORWARD -j DROP';
    const after = removed(applied(holding(rules)));
    assert.deepEqual(after.tables.mangle, holding(rules).tables.mangle);
  });

  it('takes away what a crash has left, whatever it is called', () => {
    const after = removed(holding(':SAREF-PROBE - [0:0]\n-A POSTROUTING -j SAREF-PROBE'));
    assert.deepEqual([...after.tables.mangle.chains.keys()], ['POSTROUTING']);
    assert.deepEqual(after.tables.mangle.chains.get('POSTROUTING')?.rules, []);
  });

  it('leaves the frame where an operator has a rule in it, and jumps that are there', () => {
    const mangle =
      '-A OUTPUT -j IPSEC\n-A IPSEC -j NEW_IPSEC_CONN\n-A IPSEC -j LOG\n-A NEW_IPSEC_CONN -j LOG';
    const after = removed(holding(`${mangle}\n:SAREF-ENTRIES - [0:0]\n-A NEW_IPSEC_CONN -j SAREF-ENTRIES`));
    assert.deepEqual(after.tables.mangle, holding(mangle).tables.mangle);
  });
});

function givenBack(): [string, boolean][] {
  return [['net.ipv4.conf.mast0.src_valid_mark', false]];
}
