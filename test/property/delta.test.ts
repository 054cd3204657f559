import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffHosts } from '../../src/delta/delta.ts';
import { simulate } from '../../src/delta/simulate.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost, onKernel, withMangle } from '../../src/host/state.ts';
import { parseRule } from '../../src/iptables/parse-rule.ts';
import { tableRule } from '../../src/iptables/table.ts';
import { compiledOf } from '../support/compiled.ts';
import { anyPolicy } from '../support/policies.ts';
import { printPolicy } from '../support/written.ts';

const FOREIGN = ['-j ACCEPT', '-s 8.8.8.8/32 -j DROP', '-m mark --mark 0x5 -j RETURN'].map((text) =>
  tableRule(parseRule(text)),
);

/** Somebody else's rules among ours, in every chain that others use. */
function withForeign(host: HostState, places: readonly number[]): HostState {
  const chains = new Map(host.tables.mangle.chains);
  ['PREROUTING', 'OUTPUT', 'NEW_IPSEC_CONN', 'FORWARD'].forEach((name, index) => {
    const chain = chains.get(name) ?? { policy: 'ACCEPT', rules: [] };
    const rules = FOREIGN.reduce(
      (all, rule, number) => all.toSpliced(((places[index] ?? 0) * (number + 1)) % (all.length + 1), 0, rule),
      [...chain.rules],
    );
    chains.set(name, { ...chain, rules });
  });
  return withMangle(host, chains);
}

function foreignIn({ tables }: HostState): string[][] {
  const isForeign = (text: string): boolean => FOREIGN.some((rule) => rule.text === text);
  return [...tables.mangle.chains.values()].map(({ rules }) =>
    rules.map(({ text }) => text).filter(isForeign),
  );
}

describe('the steps from one host to another', function () {
  this.timeout(180_000);

  it('lead there, leave nothing to do, and leave what is foreign in its order', () => {
    const anyHost = anyPolicy().map((policy) => compiledOf(printPolicy(policy)).host);
    const places = fc.array(fc.nat({ max: 5 }), { minLength: 4, maxLength: 4 });
    const property = fc.property(anyHost, anyHost, places, fc.boolean(), (one, other, at, isEmpty) => {
      const live = withForeign(onKernel(isEmpty ? emptyHost(one) : one), at);
      // another device would be another host
      const target: HostState = { ...one, tables: other.tables };
      const change = { live, target, ours: target };
      const after = simulate(live, diffHosts(change));
      assert.deepEqual(diffHosts({ ...change, live: after }), []);
      assert.deepEqual(
        foreignIn(after).filter(({ length }) => length > 0),
        foreignIn(live).filter(({ length }) => length > 0),
      );
      const back = { live: after, target: live, ours: target };
      const undone = simulate(after, diffHosts(back));
      assert.deepEqual(diffHosts({ ...back, live: undone }), []);
    });
    fc.assert(property, { numRuns: 200 });
  });
});
