import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import type { HostState } from '../../../src/host/state.ts';
import { emptyHost } from '../../../src/host/state.ts';
import { compiledOf } from '../../support/compiled.ts';
import { printSteps } from '../../support/steps.ts';

const { host } = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n');

/** Nothing of ours, the device down, and the switches as they are on a new host. */
const BEFORE: HostState = {
  ...emptyHost(host),
  link: { name: 'mast0', state: 'down' },
  sysctls: new Map([...host.sysctls].map(([key]) => [key, false])),
};

/** The first words of each step. */
function kindsOf(live: HostState, target: HostState): string[] {
  return printSteps(diffHosts({ live, target, ours: host }))
    .split('\n')
    .flatMap((line) => /^(?:ip \w+ \w+|sysctl|iptables-restore)/.exec(line) ?? []);
}

describe('diffHosts', () => {
  const routing = [
    'ip link set',
    'sysctl',
    'ip route add',
    'ip route add',
    ...Array<string>(4).fill('ip rule add'),
  ];

  it('sets routes before marks', () => {
    assert.deepEqual(kindsOf(BEFORE, host), [...routing, 'iptables-restore']);
  });

  it('takes marks before routes when it gives back, in the reverse order', () => {
    const reverse = routing.toReversed().map((kind) => kind.replace(' add', ' del'));
    assert.deepEqual(kindsOf(host, BEFORE), ['iptables-restore', ...reverse]);
  });

  it('has nothing to do between a host and itself', () => {
    assert.deepEqual(diffHosts({ live: host, target: host, ours: host }), []);
    assert.deepEqual(diffHosts({ live: BEFORE, target: BEFORE, ours: host }), []);
  });
});
