import assert from 'node:assert/strict';
import { RETURN, rule } from '../../../src/iptables/build.ts';
import { tableRule } from '../../../src/iptables/table.ts';
import { lowerFrame } from '../../../src/lower/frame.ts';

describe('lowerFrame', () => {
  const entries = [tableRule(rule([], RETURN))];
  const { name, chains } = lowerFrame(entries);
  const textsIn = (chain: string): string[] => (chains.get(chain)?.rules ?? []).map(({ text }) => text);

  it('leads both hooks to IPSEC, where the stock script counts one rule', () => {
    assert.equal(name, 'mangle');
    assert.deepEqual(textsIn('PREROUTING'), ['-j IPSEC']);
    assert.deepEqual(textsIn('OUTPUT'), ['-j IPSEC']);
    assert.deepEqual(textsIn('IPSEC'), ['-j NEW_IPSEC_CONN']);
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
