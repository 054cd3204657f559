import assert from 'node:assert/strict';
import { printHost } from '../../../src/host/print.ts';
import { onKernel } from '../../../src/host/state.ts';
import { hostOf } from '../../support/hosts.ts';

describe('printHost', () => {
  it('prints all of it, line by line', () => {
    const host = hostOf({
      mangle: ':PREROUTING ACCEPT [7:420]\n:SAREF-A - [0:0]\n-A PREROUTING -j SAREF-A\n-A SAREF-A',
      ipRules: '32765:\tfrom all fwmark 0x80000000/0x80000000 lookup 50\n',
      routes: 'default dev mast0 scope link \n',
      sysctls: 'net.ipv4.fwmark_reflect = 1\nnet.ipv4.tcp_fwmark_accept = 0\n',
    });
    assert.deepEqual(printHost(host).split('\n'), [
      'sysctl net.ipv4.fwmark_reflect=1',
      'sysctl net.ipv4.tcp_fwmark_accept=0',
      'ip rule 32765: from all fwmark 0x80000000/0x80000000 lookup 50',
      'ip route default dev mast0 scope link table 50',
      '*mangle',
      ':PREROUTING ACCEPT [0:0]',
      ':SAREF-A - [0:0]',
      '-A PREROUTING -j SAREF-A',
      '-A SAREF-A',
      'COMMIT',
      '',
    ]);
  });
});

describe('onKernel', () => {
  it('has the rules of every kernel around those of the host', () => {
    const host = hostOf({ ipRules: '32765:\tfrom all unreachable\n' });
    assert.deepEqual(
      onKernel(host).ipRules.map(({ priority }) => priority),
      [0, 32_765, 32_766, 32_767],
    );
  });
});
