import assert from 'node:assert/strict';
import { rulesIn } from '../../../src/host/state.ts';
import { compiledOf } from '../../support/compiled.ts';

function textsFor(policy: string, chain: string): string[] {
  return rulesIn(compiledOf(`version: 1\n${policy}entries: []\n`).host, chain).map(({ text }) => text);
}

describe('what is protected', () => {
  it('is dropped where it leaves by another device than mast', () => {
    const policy = 'networks: { clients: [192.168.0.0/16, 172.16.0.0/12] }\nprotect: clients\n';
    assert.deepEqual(textsFor(policy, 'POSTROUTING'), ['! -o mast0 -j SAREF-PROTECT']);
    assert.deepEqual(textsFor(policy, 'SAREF-PROTECT'), [
      '-o lo -j RETURN',
      '-p udp -m multiport --ports 500,4500 -m addrtype --src-type LOCAL -j RETURN',
      '-p esp -m addrtype --src-type LOCAL -j RETURN',
      '-p ah -m addrtype --src-type LOCAL -j RETURN',
      '-d 192.168.0.0/16 -j DROP',
      '-d 172.16.0.0/12 -j DROP',
    ]);
  });

  it('is not what the policy leaves out', () => {
    const policy = 'protect: { networks: [192.168.0.0/16], except: [192.168.100.0/24, 192.168.7.0/24] }\n';
    assert.deepEqual(textsFor(policy, 'SAREF-PROTECT').slice(4), [
      '-d 192.168.100.0/24 -j RETURN',
      '-d 192.168.7.0/24 -j RETURN',
      '-d 192.168.0.0/16 -j DROP',
    ]);
  });

  it('has no rule where nothing is', () => {
    assert.deepEqual([textsFor('', 'POSTROUTING'), textsFor('', 'SAREF-PROTECT')], [[], []]);
  });
});
