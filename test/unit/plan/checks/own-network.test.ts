import assert from 'node:assert/strict';
import { checkOwnNetworks } from '../../../../src/plan/checks/own-network.ts';
import { parseOwnNetworks } from '../../../../src/verify/own-addresses.ts';
import { compiledOf } from '../../../support/compiled.ts';

const ADDRESSES = `1: lo    inet 127.0.0.1/8 scope host lo
2: eth0    inet 192.168.100.7/24 brd 192.168.100.255 scope global eth0
3: eth1    inet 10.9.1.1/24 scope global eth1
3: eth1    inet 192.168.5.1/32 scope global eth1
4: mast0    inet 192.168.200.1/24 scope global mast0
`;

function said(protect: string): string[] {
  const { plan } = compiledOf(`version: 1\nprotect: ${protect}\nentries: []\n`);
  return checkOwnNetworks(plan, parseOwnNetworks(ADDRESSES)).map(
    ({ code, labels: [label], help }) => `${code} ${label?.text ?? ''}: ${help?.split('\n')[1] ?? ''}`,
  );
}

describe('checkOwnNetworks', () => {
  it('names the network of this host in a protected one, and how to leave it out', () => {
    assert.deepEqual(said('192.168.0.0/16'), [
      'SM1514 has hosts of 192.168.100.0/24 in it, which is on eth0: protect: { networks: [192.168.0.0/16], except: [192.168.100.0/24] }',
    ]);
  });

  it('names a protected network in one of this host', () => {
    assert.deepEqual(said('[10.9.1.128/25, 172.16.0.0/12]'), [
      'SM1514 has hosts of 10.9.1.0/24 in it, which is on eth1: protect: { networks: [10.9.1.128/25], except: [10.9.1.128/25] }',
    ]);
  });

  it('says nothing of one that is left out, as a whole', () => {
    assert.deepEqual(said('{ networks: 192.168.0.0/16, except: 192.168.100.0/23 }').length, 0);
    assert.deepEqual(said('{ networks: 192.168.0.0/16, except: [192.168.100.0/25] }').length, 1);
  });
});
