import assert from 'node:assert/strict';
import { RETURN, rule } from '../../../src/iptables/build.ts';
import { tableRule } from '../../../src/iptables/table.ts';
import { lowerFrame } from '../../../src/lower/frame.ts';
import { compiledOf } from '../../support/compiled.ts';

const { plan } = compiledOf('version: 1\nentries: []\n');

describe('lowerFrame', () => {
  const entries = [tableRule(rule([], RETURN))];
  const { name, chains } = lowerFrame({ ...plan, tracking: 'packet' }, entries);
  const textsIn = (chain: string): string[] => (chains.get(chain)?.rules ?? []).map(({ text }) => text);

  it('leads both hooks to IPSEC, where the stock script counts one rule', () => {
    assert.equal(name, 'mangle');
    assert.deepEqual(textsIn('PREROUTING'), ['-j IPSEC']);
    assert.deepEqual(textsIn('OUTPUT'), ['-j IPSEC']);
    assert.deepEqual(textsIn('IPSEC'), ['-j NEW_IPSEC_CONN']);
  });

  it('remembers flows in IPSEC, where the stock script counts four rules', () => {
    const { chains: ofFlow } = lowerFrame({ ...plan, tracking: 'flow' }, entries);
    const masks = '--nfmask 0xffff0000 --ctmask 0xffff0000';
    assert.deepEqual(
      ofFlow.get('IPSEC')?.rules.map(({ text }) => text),
      [
        `-m mark --mark 0x0/0x80000000 -m connmark --mark 0x80000000/0x80000000 -j CONNMARK --restore-mark ${masks}`,
        '-m mark --mark 0x80000000/0x80000000 -j RETURN',
        '-j NEW_IPSEC_CONN',
        `-m mark --mark 0x80000000/0x80000000 -j CONNMARK --save-mark ${masks}`,
      ],
    );
  });

  it('has one jump with our comment in the chain of the stock script', () => {
    assert.deepEqual(textsIn('NEW_IPSEC_CONN'), ['-m comment --comment saref-mark -j SAREF-ENTRIES']);
  });

  it('has the entries in a chain of our own', () => {
    assert.deepEqual(chains.get('SAREF-ENTRIES')?.rules, entries);
  });

  it('has no other chains, and built-in ones with their policy', () => {
    assert.deepEqual(
      [...chains].map(([chain, { policy }]) => `${chain} ${policy}`),
      ['PREROUTING ACCEPT', 'OUTPUT ACCEPT', 'IPSEC -', 'NEW_IPSEC_CONN -', 'SAREF-ENTRIES -'],
    );
  });
});
