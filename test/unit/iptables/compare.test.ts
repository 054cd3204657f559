import assert from 'node:assert/strict';
import type { Comparison } from '../../../src/iptables/compare.ts';
import { canonicalRule, compareRules, sameRule } from '../../../src/iptables/compare.ts';

const V4 = { family: 'ipv4', table: 'mangle' } as const;
const V6 = { family: 'ipv6', table: 'mangle' } as const;

/** What is typed, what is saved, and what they are to each other. */
type Rows = readonly (readonly [string, string, Comparison])[];

const MARKS: Rows = [
  ['-j MARK --set-mark 1', '-j MARK --set-xmark 0x1/0xffffffff', 'same'],
  ['-j MARK --set-mark 0x1ff/0xff', '-j MARK --set-xmark 0x1ff/0x1ff', 'same'],
  ['-j MARK --set-mark 0x1ff/0xff', '-j MARK --set-xmark 0x1ff/0xff', 'different'],
  ['-j MARK --or-mark 0x10', '-j MARK --set-xmark 0x10/0x10', 'same'],
  ['-j MARK --and-mark 0xff', '-j MARK --set-xmark 0x0/0xffffff00', 'same'],
  ['-j MARK --and-mark 0xff', '-j MARK --set-xmark 0x0/0xff', 'different'],
  ['-j MARK --set-xmark 1', '-j CONNMARK --set-xmark 0x1/0xffffffff', 'different'],
  ['-j CONNMARK --set-mark 5/5', '-j CONNMARK --set-xmark 0x5/0x5', 'same'],
  ['-j CONNMARK --save-mark', '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff', 'same'],
  ['-j CONNMARK --save-mark --mask 0xff', '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff', 'same'],
  [
    '-j CONNMARK --restore-mark --ctmask 1',
    '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0x1',
    'same',
  ],
  ['-j CONNMARK --restore-mark', '-j CONNMARK --save-mark', 'different'],
  ['-m mark --mark 1', '-m mark --mark 0x1', 'same'],
  ['-m mark --mark 010/0xffffffff', '-m mark --mark 0x8', 'same'],
  ['-m mark --mark 0x1ff/0xff', '-m mark --mark 0xff/0xff', 'different'],
  ['-m mark --mark 0x1', '-m connmark --mark 0x1', 'different'],
  ['-m mark ! --mark 0x1', '-m mark --mark 0x1', 'different'],
];

const ORDERS: Rows = [
  ['-m mark --mark 1 -m connmark --mark 2', '-m connmark --mark 0x2 -m mark --mark 0x1', 'same meaning'],
  ['-j DROP -p udp --dport 500 -s 10.1', '-s 10.1.0.0/32 -p udp -m udp --dport 500 -j DROP', 'same'],
  ['-m tcp --dport 1 --sport 2 -p tcp', '-p tcp -m tcp --sport 2 --dport 1', 'same'],
  ['-m limit --limit 1/sec -m mark --mark 1', '-m mark --mark 0x1 -m limit --limit 1/sec', 'different'],
  [
    '-m limit --limit 1/sec -m limit --limit 2/sec',
    '-m limit --limit 2/sec -m limit --limit 1/sec',
    'different',
  ],
  ['-m mark --mark 1 -m frobnicate', '-m frobnicate -m mark --mark 0x1', 'different'],
  ['-m set --match-set a src -m mark --mark 1', '-m mark --mark 0x1 -m set --match-set a src', 'different'],
  ['-p tcp -m multiport --dports 443,80', '-p tcp -m multiport --dports 80,443', 'different'],
  ['-m frobnicate --one 1 --two 2', '-m frobnicate --two 2 --one 1', 'different'],
  ['-m limit --limit-burst 9 --limit 1/sec', '-m limit --limit 1/sec --limit-burst 9', 'same'],
];

const MEANINGS: Rows = [
  ['-p tcp', '-p tcp -m tcp', 'same meaning'],
  ['-p udp -m udp -j DROP', '-p udp -j DROP', 'same meaning'],
  ['-p tcp -m tcp --dport 80', '-p tcp', 'different'],
  ['-p tcp --dport 80', '-p tcp -m multiport --dports 80', 'different'],
  ['-m state --state NEW', '-m conntrack --ctstate NEW', 'same meaning'],
  ['-m state ! --state NEW', '-m conntrack --ctstate NEW', 'different'],
  ['-m state', '-m conntrack', 'different'],
  ['-j DROP -m comment --comment one', '-m comment --comment two -j DROP', 'same meaning'],
  ['-j DROP -m comment --comment one', '-j DROP', 'same meaning'],
  ['-m comment --comment one', '-m comment --comment "one"', 'same'],
  ['-m comment --comment one -j LOG', '-m comment --comment two -j LOG', 'same meaning'],
  ['-m comment --comment one -j DROP', '-m comment --comment one -j ACCEPT', 'different'],
  ['-j X', '-g X', 'different'],
  ['-j X', '-j Y', 'different'],
  ['-j x', '-j X', 'different'],
];

const BUILTINS: Rows = [
  ['-s 10.1.2.3', '-s 10.1.2.3/32', 'same'],
  ['-s 10.1.2.3/24', '-s 10.1.2.0/24', 'same'],
  ['-s 10.1.2.3', '-d 10.1.2.3', 'different'],
  ['-s 0/0 -d 10.0.0.1', '-d 10.0.0.1/32', 'same'],
  ['! -s 0/0', '-j DROP', 'different'],
  ['-i +', '-o +', 'same'],
  ['! -i +', '', 'different'],
  ['-p ALL', '', 'same'],
  ['-p gre', '-p 47', 'same'],
  ['! -p gre', '-p 47', 'different'],
  ['--fragment -p 17', '-p udp -f', 'same'],
  ['-c 1 2 -j DROP', '-j DROP', 'same'],
];

const EXTENSIONS: Rows = [
  ['-p tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', 'same'],
  ['-p tcp --dport :1024', '-p tcp -m tcp --dport 0:1024', 'same'],
  ['-p tcp --sport 0:65535', '-p tcp -m tcp', 'same'],
  ['-p tcp ! --sport 0:65535', '-p tcp -m tcp', 'different'],
  ['-p esp --espspi 500:', '-p esp -m esp --espspi 500:4294967295', 'same'],
  ['-p esp --espspi 500:', '-p esp -m esp --espspi 500', 'different'],
  ['-p esp --espspi 0:', '-p esp -m esp', 'same'],
  ['-m policy --dir out --pol ipsec --proto esp', '-p esp -m policy --dir out --pol ipsec', 'different'],
  ['-m set --set lab src', '-m set --match-set lab src', 'same'],
  ['-m set --match-set lab src --update-counters', '-m set --match-set lab src', 'same'],
  ['-m set --match-set lab src ! --update-counters', '-m set --match-set lab src', 'different'],
  ['-m dscp --dscp-class EF', '-m dscp --dscp 0x2e', 'same'],
  ['-m tos --tos Minimize-Delay', '-m tos --tos 0x10/0x3f', 'same'],
  ['-m tos --tos 0x10', '-m tos --tos 0x10/0x3f', 'different'],
  ['-m cgroup --path /x', '-m cgroup --path x', 'different'],
  ['-m owner --uid-owner 5-5', '-m owner --uid-owner 5', 'same'],
  ['-m conntrack --ctstate established,related', '-m conntrack --ctstate RELATED,ESTABLISHED', 'same'],
  ['-p sctp -m sctp --source-port 5', '-p sctp -m sctp --sport 5', 'same'],
  ['-m ttl --ttl 5', '-m ttl --ttl-eq 5', 'same'],
  ['-m limit --limit 3/hour --limit-burst 5', '-m limit', 'same'],
  ['-m limit --limit 3/hour', '-m limit --limit 3/min', 'different'],
  [
    '-m hashlimit --hashlimit 1/sec --hashlimit-name a',
    '-m hashlimit --hashlimit-upto "1/sec" --hashlimit-burst 5 --hashlimit-name "a"',
    'same',
  ],
  ['-m recent --set', '-m recent --set --rsource --mask 255.255.255.255', 'same'],
  ['-m recent --name a --set', '-m recent --set --name a', 'same'],
  ['-m time --datestop 2038-01-19T03:14:07 --utc', '-m time --utc', 'same'],
  ['-j LOG', '-j LOG --log-level 4', 'same'],
  ['-j LOG ! --log-level 4', '-j LOG', 'different'],
  ['-j NFQUEUE', '-j NFQUEUE --queue-num 0', 'same'],
  ['-j TPROXY --on-port 1', '-j TPROXY --on-port 1 --on-ip 0.0.0.0', 'same'],
  ['-j CT --zone 0', '-j CT', 'same'],
  ['-j REJECT', '-j REJECT --reject-with icmp-port-unreachable', 'same'],
];

const UNKNOWN: Rows = [
  ['-m frobnicate --a "x" --b y', '-m frobnicate --a x --b y', 'same'],
  ['-m frobnicate --a x --a y', '-m frobnicate --a y --a x', 'different'],
  ['-m frobnicate ! --a x', '-m frobnicate --a x', 'different'],
  ['-m frobnicate --a "-b"', '-m frobnicate --a -b', 'different'],
  ['-m frobnicate --a 1', '-m frobnicate --a 0x1', 'different'],
  ['-m frobnicate --in 5', '-i 5 -m frobnicate', 'different'],
  ['-m mark --mark x', '-m mark --mark "x"', 'same'],
  ['-s host.example -j DROP', '-s   host.example   -j DROP', 'same'],
  ['-s host.example -j DROP', '-s 10.0.0.1 -j DROP', 'different'],
  ['-s host.example -m comment --comment a', '-s host.example -m comment --comment b', 'different'],
  ['-i "eth0"', '-i eth0', 'different'],
  ['-j "a b"', '-j a b', 'different'],
];

function describeRows(title: string, rows: Rows): void {
  describe(title, () => {
    for (const [typed, saved, expected] of rows) {
      it(`finds ${expected}: ${typed || '(nothing)'} and ${saved || '(nothing)'}`, () => {
        assert.equal(compareRules(typed, saved, V4), expected);
        assert.equal(compareRules(saved, typed, V4), expected);
        assert.equal(sameRule(typed, saved, V4), expected === 'same');
        for (const text of [typed, saved]) assert.equal(compareRules(text, text, V4), 'same');
      });
    }
  });
}

describe('compareRules', () => {
  describeRows('of marks', MARKS);
  describeRows('of another order', ORDERS);
  describeRows('of other words', MEANINGS);
  describeRows('of what a rule can ask without an extension', BUILTINS);
  describeRows('of values and defaults of extensions', EXTENSIONS);
  describeRows('of what is not known', UNKNOWN);

  it('takes a rule with addresses of the other family for no rule', () => {
    assert.equal(compareRules('-s 10.0.0.1', '-s 10.0.0.1/32', V6), 'different');
    assert.equal(compareRules('-d ::1', '-d ::1/128', V4), 'different');
    assert.equal(compareRules('-d ::1', '-d 0::1', V6), 'same');
    assert.equal(compareRules('-d ::1 -s 10.0.0.1', '-d ::1 -s 10.0.0.1/32', V6), 'different');
    assert.equal(sameRule('-s 10.0.0.1', '-s 10.0.0.1/32', V6), false);
    assert.equal(compareRules('-j ACCEPT', '--jump ACCEPT', V6), 'same');
  });
});

describe('canonicalRule', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['--jump MARK --set-mark 5 --src 10/8', '-s 10.0.0.0/8 -j MARK --set-xmark 0x5/0xffffffff'],
    ['-m frobnicate --b "x y" --a  "z"', '-m frobnicate --b "x y" --a z'],
    ['-m time --timestop "10:00" --timestart  09:00', '-m time --timestart "09:00" --timestop "10:00"'],
    ['-m frobnicate --a "--b"', '-m frobnicate --a "--b"'],
    ['-s  host.example  -m comment --comment "a\\b"', '-s host.example -m comment --comment "ab"'],
    ['', ''],
  ];
  for (const [text, canonical] of cases) {
    it(`of ${text || '(nothing)'} is ${canonical || '(nothing)'}`, () => {
      assert.equal(canonicalRule(text), canonical);
      assert.equal(canonicalRule(canonical), canonical);
    });
  }
});
