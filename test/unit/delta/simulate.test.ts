import assert from 'node:assert/strict';
import { simulate } from '../../../src/delta/simulate.ts';
import type { Step } from '../../../src/delta/step.ts';
import { printHost } from '../../../src/host/print.ts';
import { hostOf } from '../../support/hosts.ts';

const BEFORE = hostOf({
  mangle:
    ':PREROUTING ACCEPT [0:0]\n:SAREF-A - [0:0]\n-A PREROUTING -j SAREF-A\n-A SAREF-A -j ACCEPT\n-A SAREF-A -j DROP',
  ipRules: '32764:\tfrom all iif mast0 unreachable\n32766:\tfrom all lookup main\n',
  routes: 'default dev mast0 scope link \n',
  sysctls: 'net.ipv4.fwmark_reflect = 1\n',
});

function ip(words: string): Step {
  return { tool: 'ip', args: words.split(' ') };
}

function restore(...lines: readonly string[]): Step {
  return {
    tool: 'iptables-restore',
    table: 'mangle',
    script: ['*mangle', ...lines, 'COMMIT', ''].join('\n'),
    origins: [],
  };
}

/** Lines that are gone, with `-`, and new ones, with `+`. */
function change(...steps: readonly Step[]): string[] {
  const [before, after] = [BEFORE, simulate(BEFORE, steps)].map((host) => printHost(host).split('\n'));
  assert.ok(before && after);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}

describe('simulate', () => {
  it('turns switches and the device', () => {
    assert.deepEqual(change({ tool: 'sysctl', key: 'net.ipv4.fwmark_reflect', on: false }), [
      '- sysctl net.ipv4.fwmark_reflect=1',
      '+ sysctl net.ipv4.fwmark_reflect=0',
    ]);
    assert.equal(simulate(BEFORE, [ip('link set dev mast0 down')]).link.state, 'down');
    assert.equal(simulate(BEFORE, [ip('link set dev mast0 up')]).link.state, 'up');
  });

  it('adds and deletes routes of the table', () => {
    assert.deepEqual(change(ip('route add unreachable default metric 4294967295 table 50')), [
      '+ ip route unreachable default metric 4294967295 table 50',
    ]);
    assert.deepEqual(change(ip('route del default dev mast0 scope link table 50')), [
      '- ip route default dev mast0 scope link table 50',
    ]);
  });

  it('adds an ip rule behind all of its priority, and deletes one of two', () => {
    const added = simulate(BEFORE, [
      ip('rule add priority 32764 from all iif mast0 lookup main'),
      ip('rule add priority 32767 from all lookup default'),
    ]);
    assert.deepEqual(
      added.ipRules.map(({ priority, words }) => `${String(priority)} ${words}`),
      [
        '32764 from all iif mast0 unreachable',
        '32764 from all iif mast0 lookup main',
        '32766 from all lookup main',
        '32767 from all lookup default',
      ],
    );
    assert.deepEqual(change(ip('rule del priority 32764 from all iif mast0 unreachable')), [
      '- ip rule 32764: from all iif mast0 unreachable',
    ]);
    assert.deepEqual(change(ip('rule del priority 1 from all lookup 7')), []);
  });

  it('holds no flows', () => {
    assert.equal(simulate(BEFORE, [{ tool: 'conntrack', filters: [], flows: 1 }]), BEFORE);
  });

  it('runs the commands of a restore', () => {
    assert.deepEqual(
      change(
        restore(
          ':SAREF-B - [0:0]',
          '-A SAREF-B -j RETURN',
          '-A OUTPUT -j SAREF-B',
          '-D PREROUTING -j SAREF-A',
        ),
      ),
      [
        '- -A PREROUTING -j SAREF-A',
        '+ :OUTPUT ACCEPT [0:0]',
        '+ :SAREF-B - [0:0]',
        '+ -A OUTPUT -j SAREF-B',
        '+ -A SAREF-B -j RETURN',
      ],
    );
    assert.deepEqual(change(restore('-R SAREF-A 1 -j RETURN', '-D SAREF-A 2')), [
      '- -A SAREF-A -j ACCEPT',
      '- -A SAREF-A -j DROP',
      '+ -A SAREF-A -j RETURN',
    ]);
    assert.deepEqual(change(restore('-D PREROUTING -j SAREF-A', ':SAREF-A - [0:0]', '-X SAREF-A')), [
      '- :SAREF-A - [0:0]',
      '- -A PREROUTING -j SAREF-A',
      '- -A SAREF-A -j ACCEPT',
      '- -A SAREF-A -j DROP',
    ]);
    assert.deepEqual(change(restore('-D SAREF-A -j NOBODY')), []);
  });

  it('puts a rule where it is told to', () => {
    const { tables } = simulate(BEFORE, [restore('-I SAREF-A 2 -j RETURN', '-I SAREF-A 1 -j LOG')]);
    assert.deepEqual(
      tables.mangle.chains.get('SAREF-A')?.rules.map(({ text }) => text),
      ['-j LOG', '-j ACCEPT', '-j RETURN', '-j DROP'],
    );
  });
});
