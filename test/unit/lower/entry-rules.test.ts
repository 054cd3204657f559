import assert from 'node:assert/strict';
import { printRule } from '../../../src/iptables/print-rule.ts';
import { entryRules } from '../../../src/lower/entry-rules.ts';
import { activeEntriesOf } from '../../../src/plan/plan.ts';
import { compiledOf } from '../../support/compiled.ts';

/** Without the guard, the comment and the target, which are the same for all. */
function rulesOf(entry: string): string[] {
  const { plan } = compiledOf(
    `version: 1\nsarefs: { a: 1 }\nnetworks: { lab: [172.20.0.0/16, 172.22.0.0/16] }\nentries: [{ conn: a, ${entry} }]\n`,
  );
  const tail =
    ' -m mark --mark 0x0/0x80000000 -m comment --comment a -j MARK --set-xmark 0x80010000/0xffff0000';
  return activeEntriesOf(plan)
    .flatMap(entryRules)
    .map((rule) => {
      const text = ` ${printRule(rule)}`;
      assert.ok(text.endsWith(tail), text);
      return text.slice(1, -tail.length);
    });
}

const PORTS = Array.from({ length: 16 }, (_, index) => index + 1);

describe('entryRules', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['has one rule for one network', 'dst: 10.9.1.0/24', ['-d 10.9.1.0/24']],
    [
      'takes each network of src with each of dst',
      'src: [10.9.1.0/24, 10.9.2.7], dst: lab',
      [
        '-s 10.9.1.0/24 -d 172.20.0.0/16',
        '-s 10.9.1.0/24 -d 172.22.0.0/16',
        '-s 10.9.2.7/32 -d 172.20.0.0/16',
        '-s 10.9.2.7/32 -d 172.22.0.0/16',
      ],
    ],
    ['leaves out every address, whatever stands beside it', 'dst: [10.9.1.0/24, 0.0.0.0/0]', ['']],
    ['asks for the interface', 'dst: 10.9.1.1, in: eth1', ['-d 10.9.1.1/32 -i eth1']],
    ['asks for the protocol', 'dst: 10.9.1.1, proto: 47', ['-d 10.9.1.1/32 -p 47']],
    [
      'lets tcp and udp ask for one range on a side',
      'proto: udp, dport: 1701',
      ['-p udp -m udp --dport 1701'],
    ],
    [
      'lets them ask for one on each side',
      'proto: tcp, sport: 1024-65535, dport: 443',
      ['-p tcp -m tcp --sport 1024:65535 --dport 443'],
    ],
    [
      'asks for several ports by multiport',
      'proto: udp, dport: [53, 1000-1999]',
      ['-p udp -m multiport --dports 53,1000:1999'],
    ],
    [
      'asks for several on each side by two of them',
      'proto: tcp, sport: [1, 2], dport: 443',
      ['-p tcp -m multiport --sports 1,2 -m multiport --dports 443'],
    ],
    [
      'asks for ports of other protocols by multiport',
      'proto: sctp, sport: 5060',
      ['-p sctp -m multiport --sports 5060'],
    ],
    [
      'makes as many rules as lists of ports need',
      `proto: udp, dport: [${PORTS.join(', ')}]`,
      [`-p udp -m multiport --dports ${PORTS.slice(0, 15).join(',')}`, '-p udp -m multiport --dports 16'],
    ],
    [
      'leaves out a list that has every port',
      'proto: udp, sport: 7, dport: [5, 0-65535]',
      ['-p udp -m udp --sport 7'],
    ],
  ];
  for (const [title, entry, rules] of cases) {
    it(title, () => {
      assert.deepEqual(rulesOf(entry), rules);
    });
  }
});
