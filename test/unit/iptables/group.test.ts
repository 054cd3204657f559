import assert from 'node:assert/strict';
import { groupWords } from '../../../src/iptables/group.ts';
import type { Token } from '../../../src/iptables/rule.ts';
import { splitWords } from '../../../src/iptables/words.ts';

function tokenText({ flag, negated, values }: Token): string {
  return [...(negated ? ['!'] : []), flag, ...values.map(({ text }) => text)].join(' ');
}

/** The rule's own options, then each group with those that belong to it; undefined where words have no place. */
function grouped(text: string): readonly string[] | undefined {
  const groups = groupWords(splitWords(text));
  return groups === undefined
    ? undefined
    : [
        groups.own.map(tokenText).join(', '),
        ...groups.groups.map(
          ({ head, name, tokens }) => `${head} ${name}: ${tokens.map(tokenText).join(', ')}`,
        ),
      ];
}

describe('groupWords', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['finds nothing in nothing', '', ['']],
    [
      "gives a rule's own options to the rule wherever they stand",
      '-m mark -s 1.1.1.1 --mark 1 -j ACCEPT ! -d 2.2.2.2 -f',
      ['-s 1.1.1.1, ! -d 2.2.2.2, -f', '-m mark: --mark 1', '-j ACCEPT: '],
    ],
    ['knows the long names of heads', '--match mark --mark 1 --jump X', ['', '-m mark: --mark 1', '-j X: ']],
    ['knows --goto', '--goto X', ['', '-g X: ']],
    ['leaves counters and families out', '-4 -c 1 2 --set-counters 3 4 --ipv4 -f -6 --ipv6', ['-f']],
    [
      'gives an option to the last match that has it',
      '-m mark --mark 1 -m connmark --mark 2 -m mark --mark 3',
      ['', '-m mark: --mark 1', '-m connmark: --mark 2', '-m mark: --mark 3'],
    ],
    [
      'gives an option to an earlier match where the last has none such',
      '-m mark -m comment --mark 1 -j X --comment a',
      ['', '-m mark: --mark 1', '-m comment: --comment a', '-j X: '],
    ],
    [
      'opens the match of a protocol where its option stands',
      '-p udp -m mark --dport 5 --sport 6',
      ['-p udp', '-m mark: ', '-m udp: --dport 5, --sport 6'],
    ],
    [
      'opens the match of a protocol that has another name',
      '-p ipv6-icmp --icmpv6-type 128',
      ['-p ipv6-icmp', '-m icmp6: --icmpv6-type 128'],
    ],
    ['opens the match of mobility headers', '-p 135 --mh-type 1', ['-p 135', '-m mh: --mh-type 1']],
    ['opens the match of a protocol in capitals', '-p TCP --syn', ['-p TCP', '-m tcp: --syn']],
    [
      'takes as many words as the option has, whatever they are',
      '-m comment --comment -j -m tcp --tcp-flags ! -s -j X',
      ['', '-m comment: --comment -j', '-m tcp: --tcp-flags ! -s', '-j X: '],
    ],
    [
      'takes a word where an option may have one',
      '-m rateest --rateest-bps1 5 --rateest-lt --rateest-bps2 --rateest-delta',
      ['', '-m rateest: --rateest-bps1 5, --rateest-lt, --rateest-bps2, --rateest-delta'],
    ],
    [
      'takes all words that look like values where nobody knows the option',
      '-m new --a 1 "-2" "!" 3 ! --b -c4 -j NEW --d',
      ['', '-m new: --a 1 -2 ! 3, ! --b, -c4', '-j NEW: --d'],
    ],
    [
      'takes what newer versions have for a known extension',
      '-m recent --set --brand-new 1',
      ['', '-m recent: --set, --brand-new 1'],
    ],
    [
      'splits an assignment, whatever the value looks like',
      '--source=1.1.1.1 -m comment --comment=--x=y -m new --a=-b c',
      ['--source 1.1.1.1', '-m comment: --comment --x=y', '-m new: --a -b c'],
    ],
    [
      'takes an assignment for a value where one is due',
      '-m comment --comment --x=-f',
      ['', '-m comment: --comment --x=-f'],
    ],
    [
      'completes an option that is cut short',
      '--sourc 1.1.1.1 -m limit --limit-b 5 -j MARK --set-x 1',
      ['--source 1.1.1.1', '-m limit: --limit-burst 5', '-j MARK: --set-xmark 1'],
    ],
    [
      'leaves an option of its own to what nobody knows',
      '-p tcp -m tcp -m new --dport 5 --sou 6',
      ['-p tcp', '-m tcp: ', '-m new: --dport 5, --sou 6'],
    ],
    [
      'leaves the options behind a jump to the match that has them',
      '-p tcp -m new -m tcp -j X --dport 5',
      ['-p tcp', '-m new: ', '-m tcp: --dport 5', '-j X: '],
    ],
    ['lets no option belong to a goto', '-m limit -g X --limit 5', ['', '-m limit: --limit 5', '-g X: ']],
    ['completes no option behind a goto by its own', '-g X --sourc 1.1.1.1', ['--source 1.1.1.1', '-g X: ']],
  ];
  for (const [title, text, groups] of cases) {
    it(title, () => {
      assert.deepEqual(grouped(text), groups);
    });
  }

  it('keeps each option as it stands', () => {
    const groups = groupWords(splitWords('-m new ! --a "b c" --d=e'));
    assert.deepEqual(
      groups?.groups[0]?.tokens.map(({ raw }) => raw),
      [['!', '--a', '"b c"'], ['--d=e']],
    );
  });

  const refused: readonly (readonly [string, string])[] = [
    ['a word that belongs to nothing', 'junk'],
    ['a word behind a flag', '-f junk'],
    ['a quoted option', '"-f"'],
    ['a quoted head', '"-m" mark'],
    ['quoted counters', '"-c" 1 2'],
    ['an option without its value', '-s'],
    ['an option without its second value', '-m set --match-set lab'],
    ['a head without a name', '-j'],
    ['a name with a blank', '-j "a b"'],
    ['a name with a quote in it', String.raw`-m "a\"b"`],
    ['counters without their numbers', '-c 1'],
    ['a negation of nothing', '-f !'],
    ['a negation twice', '! ! -f'],
    ['a quoted negation', '"!" -f'],
    ['a negated head', '! -j ACCEPT'],
    ['an option that nobody has', '--nosuch 1'],
    ['an option that a match of the vocabulary lacks', '-m mark --nosuch 1'],
    ['an option that a target of the vocabulary lacks', '-j ACCEPT --nosuch'],
    ['an option behind a goto', '-g X --nosuch'],
    ['the options of a protocol in front of it', '--dport 5 -p tcp'],
    ['the options of another protocol', '-p tcp --icmp-type 8'],
    ['the options of a protocol that is unknown', '-p nosuch --dport 5'],
    ['an option that is cut too short', '-m connbytes -m limit -m hashlimit -m tcp --tcp 5'],
    ['a value assigned to a flag', '-p tcp --syn=1'],
    ['more words than iptables-restore takes', '-f '.repeat(255)],
  ];
  for (const [title, text] of refused) {
    it(`refuses ${title}`, () => {
      assert.equal(grouped(text), undefined);
    });
  }

  it('takes as many words as iptables-restore does', () => {
    assert.equal(groupWords(splitWords('-f '.repeat(254)))?.own.length, 254);
  });
});
