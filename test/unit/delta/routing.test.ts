import assert from 'node:assert/strict';
import type { Phases } from '../../../src/delta/change.ts';
import { linkSteps, routeSteps, sysctlSteps } from '../../../src/delta/routing.ts';
import type { HostState } from '../../../src/host/state.ts';
import { hostOf } from '../../support/hosts.ts';
import { printSteps } from '../../support/steps.ts';

function printed({ before, after }: Phases): readonly [string, string] {
  return [printSteps(before), printSteps(after)];
}

describe('linkSteps', () => {
  function withLink(state: 'up' | 'down' | 'absent'): HostState {
    return { ...hostOf(), link: { name: 'mast0', state } };
  }

  const cases = [
    ['down', 'up', 'ip link set dev mast0 up\n', ''],
    ['up', 'down', '', 'ip link set dev mast0 down\n'],
    ['up', 'up', '', ''],
    ['down', 'down', '', ''],
    // pluto makes the device
    ['absent', 'up', '', ''],
    ['up', 'absent', '', ''],
  ] as const;
  for (const [live, target, before, after] of cases) {
    it(`sets a device that is ${live} to ${target}`, () => {
      const change = { live: withLink(live), target: withLink(target), ours: withLink('up') };
      assert.deepEqual(printed(linkSteps(change)), [before, after]);
    });
  }
});

describe('sysctlSteps', () => {
  const ours = hostOf({ sysctls: 'a = 1\nb = 0\n' });

  it('turns what is not as we need it, first', () => {
    const live = hostOf({ sysctls: 'a = 0\nb = 0\n' });
    assert.deepEqual(printed(sysctlSteps({ live, target: ours, ours })), ['sysctl a=1\n', '']);
  });

  it('turns what is not known', () => {
    assert.deepEqual(printed(sysctlSteps({ live: hostOf(), target: ours, ours })), [
      'sysctl a=1\nsysctl b=0\n',
      '',
    ]);
  });

  it('gives back last what it has turned', () => {
    const before = hostOf({ sysctls: 'a = 0\nb = 0\n' });
    assert.deepEqual(printed(sysctlSteps({ live: ours, target: before, ours })), ['', 'sysctl a=0\n']);
  });

  it('cannot give back what was not known, and leaves the switches of others', () => {
    const live = hostOf({ sysctls: 'a = 1\nb = 0\nc = 1\n' });
    const target = hostOf({ sysctls: 'c = 0\n' });
    assert.deepEqual(printed(sysctlSteps({ live, target, ours })), ['', '']);
  });
});

describe('routeSteps', () => {
  const UNREACHABLE = 'unreachable default metric 4294967295';
  const MAST = 'default dev mast0 scope link';
  const ours = hostOf({ routes: `${UNREACHABLE}\n${MAST}\n` });

  it('adds what is missing, the route that refuses before the other', () => {
    const steps = routeSteps({ live: hostOf(), target: ours, ours });
    assert.deepEqual(printed(steps), [
      `ip route add ${UNREACHABLE} table 50\nip route add ${MAST} table 50\n`,
      '',
    ]);
  });

  it('leaves what is there', () => {
    const live = hostOf({ routes: `${MAST} linkdown \n` });
    assert.deepEqual(printed(routeSteps({ live, target: ours, ours })), [
      `ip route add ${UNREACHABLE} table 50\n`,
      '',
    ]);
  });

  it('takes away last what is not wanted any more, and no route of others', () => {
    const live = hostOf({ routes: `${MAST}\n10.77.0.0/16 dev eth0 scope link\n` });
    assert.deepEqual(printed(routeSteps({ live, target: hostOf(), ours })), [
      '',
      `ip route del ${MAST} table 50\n`,
    ]);
  });

  it('does not bring back a route that was never ours', () => {
    const target = hostOf({ routes: '10.77.0.0/16 dev eth0 scope link\n' });
    assert.deepEqual(printed(routeSteps({ live: hostOf(), target, ours })), ['', '']);
  });
});
