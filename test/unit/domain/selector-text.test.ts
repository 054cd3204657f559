import assert from 'node:assert/strict';
import { selectorText } from '../../../src/domain/selector-text.ts';
import type { Selector } from '../../../src/domain/selector.ts';
import { MADE_HERE } from '../../../src/domain/selector.ts';
import { cidr } from '../../support/addresses.ts';

describe('selectorText', () => {
  const port = [{ first: 1701, last: 1701 }];
  const cases: readonly (readonly [Selector, string])[] = [
    [{}, 'everything'],
    [{ dst: [cidr('192.168.7.0/24')], protocol: 17, dport: port }, 'udp 1701 to 192.168.7.0/24'],
    [{ src: [cidr('10.9.1.0/24'), cidr('10.9.2.7')] }, 'everything from 10.9.1.0/24,10.9.2.7'],
    [{ src: [cidr('0.0.0.0/0')], protocol: 50 }, 'esp'],
    [{ protocol: 6, sport: [{ first: 1, last: 9 }], dport: port }, 'tcp 1701 from port 1-9'],
    [{ inInterface: 'eth1' }, 'everything in eth1'],
    [{ inInterface: MADE_HERE }, 'everything made on this host'],
    [{ protocol: 17, dscp: 46, inInterface: 'eth1' }, 'udp with dscp 46 in eth1'],
    [
      { inInterface: MADE_HERE, uid: 34, gid: 0, cgroup: 'a/b' },
      'everything by user 34 by group 0 in cgroup a/b',
    ],
  ];
  for (const [selector, text] of cases) {
    it(`says: ${text}`, () => {
      assert.equal(selectorText(selector), text);
    });
  }

  it('says of an alias, and of a part of one, what it stands for', () => {
    const aliases = [{ alias: cidr('10.101.0.0/24'), real: cidr('192.168.0.0/24') }];
    const textOf = (network: string): string => selectorText({ dst: [cidr(network)] }, aliases);
    assert.equal(textOf('10.101.0.0/24'), 'everything to 10.101.0.0/24 (alias of 192.168.0.0/24)');
    assert.equal(textOf('10.101.0.7'), 'everything to 10.101.0.7 (alias of 192.168.0.7)');
    for (const other of ['192.168.0.0/24', '10.101.0.0/16', '10.102.0.0/24'])
      assert.equal(textOf(other), `everything to ${other}`);
    assert.equal(selectorText({ src: [cidr('10.101.0.7')] }, aliases), 'everything from 10.101.0.7');
  });
});
