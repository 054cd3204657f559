import assert from 'node:assert/strict';
import { checkOwnIke } from '../../../../src/policy/checks/own-ike.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function told(entry: string, ports = '[500, 4500]'): string[] {
  const policy = policyOf(`version: 1\nmast: { ike-ports: ${ports} }\nentries: [{ conn: a, ${entry} }]\n`);
  return checkOwnIke(policy).map(wordsOf);
}

describe('checkOwnIke', () => {
  const silent: readonly (readonly [string, string, string?])[] = [
    ['an entry of everything', 'dst: 0.0.0.0/0'],
    ['an entry that has other ports, too', 'proto: udp, dport: [500, 1701]'],
    ['forwarded IKE', 'proto: udp, dport: 500, in: eth1'],
    ['forwarded ESP', 'proto: esp, in: eth1'],
    ['port 500 of tcp', 'proto: tcp, dport: 500'],
    ['a port of IKE that is not listed, where it is forwarded', 'dst: 0.0.0.0/0, in: eth1', '[500]'],
    [
      'a port of IKE that is not listed, where the entry has other ports',
      'proto: udp, dport: 1701, sport: 1701',
      '[]',
    ],
  ];
  for (const [title, entry, ports] of silent) {
    it(`is silent about ${title}`, () => {
      assert.deepEqual(told(entry, ports), []);
    });
  }

  const own: readonly (readonly [string, string])[] = [
    ['proto: udp, dport: 500', 'IKE'],
    ['proto: udp, sport: [4500, 500]', 'IKE'],
    ['proto: udp, sport: 500, dport: 500', 'IKE'],
    ['proto: esp', 'ESP'],
    ['proto: ah, dst: 192.168.0.0/24', 'AH'],
  ];
  for (const [entry, what] of own) {
    it(`tells that this host's own ${what} is never marked: ${entry}`, () => {
      assert.deepEqual(told(entry), [`SM1502 a: matches nothing but ${what}`]);
    });
  }

  it('tells of ports of IKE that the policy leaves out', () => {
    assert.deepEqual(told('dst: 0.0.0.0/0', '[500]'), ['SM1502 a: takes udp 4500 of this host, too']);
    assert.deepEqual(told('proto: udp, dport: 500', '[]'), ['SM1502 a: takes udp 500 of this host, too']);
    assert.deepEqual(told('proto: udp, sport: 500', '[4500]'), ['SM1502 a: takes udp 500 of this host, too']);
  });
});
