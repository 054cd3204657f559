import assert from 'node:assert/strict';
import { parseRule } from '../../../src/iptables/parse-rule.ts';
import { network } from '../../support/addresses.ts';
import { readRule, savedRule } from '../../support/rules.ts';

describe('parseRule', () => {
  it('reads the rule of a SAref as values', () => {
    const text =
      '-s 10.9.1.0/24 -p udp -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80010000/0xffff0000';
    assert.deepEqual(savedRule(text), {
      kind: 'rule',
      builtins: {
        src: { negated: false, value: network('10.9.1.0/24') },
        protocol: { negated: false, value: 17 },
      },
      matches: [
        { kind: 'mark', options: { mark: { negated: false, value: { value: 0, mask: 0x80000000 } } } },
      ],
      target: {
        kind: 'MARK',
        options: { setXmark: { negated: false, value: { value: 0x80010000, mask: 0xffff0000 } } },
      },
    });
  });

  it('reads the empty rule', () => {
    assert.deepEqual(parseRule(''), { kind: 'rule', builtins: {}, matches: [], target: undefined });
  });

  it('keeps another spelling than that of iptables-save', () => {
    assert.equal(readRule('--jump ACCEPT').spelling, '--jump ACCEPT');
    assert.equal(readRule(' -j ACCEPT').spelling, ' -j ACCEPT');
    assert.equal(readRule('-j ACCEPT').spelling, undefined);
  });

  const opaque: readonly (readonly [string, string])[] = [
    ['words that belong to nothing', '-j ACCEPT junk'],
    ['two targets', '-j ACCEPT -j DROP'],
    ['an address that is a name', '-s host.example'],
    ['an option that stands twice', '-s 10.0.0.1 -s 10.0.0.2'],
    ['an option that stands twice by two names', '-s 10.0.0.1 --source 10.0.0.2'],
    ['a protocol that nobody knows', '-p nosuch'],
    ['the name of an interface in quotes', '-i "eth0"'],
    ['options that would belong elsewhere when printed', '-m recent --dport 5 -p tcp'],
    ['more words than iptables-restore takes', '-m tcp '.repeat(128)],
  ];
  for (const [title, text] of opaque) {
    it(`keeps a rule with ${title} as it is`, () => {
      assert.deepEqual(parseRule(text), { kind: 'opaque', text });
    });
  }

  const kinds: readonly (readonly [string, string, string])[] = [
    ['a match with a value that it does not take', '-m mark --mark x', 'opaque'],
    ['a match with an option twice', '-m mark --mark 1 --mark 2', 'opaque'],
    ['a match without its options', '-m mark', 'mark'],
    ['a match of no row', '-m limit --limit 1/sec', 'opaque'],
    ['a match whose name objects have', '-m constructor', 'opaque'],
    ['an address type that iptables does not know', '-m addrtype --dst-type NOSUCH', 'opaque'],
  ];
  for (const [title, text, kind] of kinds) {
    it(`reads ${title} as ${kind}`, () => {
      assert.equal(readRule(text).matches[0]?.kind, kind);
    });
  }

  const targets: readonly (readonly [string, string])[] = [
    ['-j ACCEPT', 'ACCEPT'],
    ['-j SAREF-A', 'jump'],
    ['-g SAREF-A', 'goto'],
    ['-g ACCEPT', 'goto'],
    ['-j toString', 'jump'],
    ['-j NOTRACK', 'opaque'],
    ['-j LOG', 'opaque'],
    ['-j LOG --log-uid', 'opaque'],
    ['-j NEWTARGET --option', 'opaque'],
    ['-j MARK', 'opaque'],
    ['-j MARK ! --set-mark 1', 'opaque'],
    ['-j MARK --set-mark x', 'opaque'],
    ['-j MARK --set-mark 1', 'MARK'],
    ['-j CT --notrack', 'CT'],
  ];
  for (const [text, kind] of targets) {
    it(`reads the target of ${text} as ${kind}`, () => {
      assert.equal(readRule(text).target?.kind, kind);
    });
  }

  // one rule for each option of the vocabulary
  for (const text of [
    '! -s 10.0.0.0/8 ! -d 10.0.0.1/32 ! -i eth0 ! -o eth1 ! -p tcp ! -f',
    '-m addrtype --src-type LOCAL ! --dst-type UNICAST,LOCAL --limit-iface-in --limit-iface-out',
    '-p ah -m ah --ahspi 500:600 ! --ahlen 5 --ahres',
    '-m cgroup --path "system.slice/a.service" --cgroup 1048577',
    '-m connmark ! --mark 0x1/0xff',
    '-m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT --ctproto 6 --ctorigsrc 10.0.0.1',
    '-m conntrack --ctorigdst 10.0.0.0/8 --ctreplsrc 10.0.0.1 --ctrepldst 10.0.0.2 --ctorigsrcport 1:2',
    '-m conntrack --ctorigdstport 3 --ctreplsrcport 4 --ctrepldstport 5 --ctstatus SEEN_REPLY,ASSURED',
    '-m conntrack --ctexpire 1:2 --ctdir ORIGINAL',
    '-m dscp ! --dscp 0x2e',
    '-p esp -m esp --espspi 500',
    '-p tcp -m multiport --sports 1,2 -m multiport ! --dports 3:4 -m multiport --ports 5',
    '-m owner --socket-exists ! --uid-owner 0-99 --gid-owner 5 --suppl-groups',
    '-m policy --dir out --pol ipsec --strict --reqid 1 --spi 0x1 --proto esp --mode tunnel --tunnel-dst 10.0.0.1 --tunnel-src 10.0.0.2',
    '-m set ! --match-set lab src,dst --return-nomatch ! --update-counters ! --update-subcounters --packets-eq 1',
    '-m set --match-set lab src --packets-lt 1 --packets-gt 2 --bytes-eq 3 --bytes-lt 4 --bytes-gt 5',
    '-m state ! --state INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED',
    '-p tcp -m tcp --sport 1:2 --dport 3 --tcp-option 8 ! --tcp-flags FIN,SYN,RST,ACK SYN',
    '-m tos --tos 0x10/0x3f',
    '-p udp -m udp ! --sport 1 --dport 2:3',
    '-j CONNMARK --set-xmark 0x1/0xff',
    '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xff --left-shift-mark 4',
    '-j CONNMARK --restore-mark --nfmask 0xffff0000 --ctmask 0xffff0000 --right-shift-mark 4',
    '-j CT --helper ftp --timeout policy --ctevents new,destroy --expevents new --zone 5',
    '-j CT --zone-orig mark --zone-reply 7',
    '-j DSCP --set-dscp 0x0a',
    '-j NETMAP --to 10.0.0.0/8',
    '-j SET --add-set lab src --exist --timeout 60',
    '-j SET --del-set lab src,dst',
    '-j SET --map-set lab src --map-mark --map-prio --map-queue',
    '-j TOS --set-tos 0x10/0xff',
  ]) {
    it(`reads ${text}`, () => {
      const { matches, target } = savedRule(text);
      assert.ok([...matches, target].every((part) => part?.kind !== 'opaque'));
    });
  }
});
