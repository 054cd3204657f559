import assert from 'node:assert/strict';

import { selectorText } from '../../../src/domain/selector-text.ts';
import { parseSets } from '../../../src/host/ip-set-text.ts';
import { liftTable } from '../../../src/lower/lift.ts';
import { hostOf } from '../../support/hosts.ts';

const WIRED = '-A PREROUTING -j IPSEC\n-A OUTPUT -j IPSEC\n-A IPSEC -j NEW_IPSEC_CONN\n';
const MARK = '-j MARK --set-xmark 0x80050000/0xffff0000';
const GUARD = '-m mark --mark 0x0/0x80000000';
const SET_OF_B = `create SAREF-SET-1 hash:net comment family inet skbinfo
add SAREF-SET-1 10.2.0.0/16 comment "b" skbmark 0x80000000/0xffff0000
`;

/** `packets: conn nfmark`, one for each clause, and the rules that are none. */
function lifted(rules: readonly string[], wired = WIRED): string[] {
  const mangle = `${wired}${rules.map((rule) => `-A NEW_IPSEC_CONN ${rule}`).join('\n')}`;
  const { clauses, unread } = liftTable(hostOf({ mangle }).tables.mangle);
  return [
    ...clauses.map(({ selector, outcome }) => {
      const what = outcome === undefined ? 'nothing' : `${outcome.conn} ${outcome.nfmark.toString(16)}`;
      return `${selectorText(selector)}: ${what}`;
    }),
    ...unread.map(({ text }) => `? ${text}`),
  ];
}

describe('liftTable', () => {
  it('reads a rule of the stock script', () => {
    const stock = `-s 10.9.1.0/24 -d 192.168.0.0/24 ${GUARD} -m comment --comment site -j MARK --set-xmark 0x80050000/0xffffffff`;
    assert.deepEqual(lifted([stock]), ['everything from 10.9.1.0/24 to 192.168.0.0/24: site 80050000']);
  });

  const rules: readonly (readonly [string, string])[] = [
    [
      `-i eth1 -p tcp -m tcp --sport 7 --dport 1:9 ${GUARD} ${MARK}`,
      'tcp 1-9 from port 7 in eth1: an unnamed conn 80050000',
    ],
    [`-p udp -m udp ${GUARD} ${MARK}`, 'udp: an unnamed conn 80050000'],
    [
      `-p sctp -m multiport --sports 7,9 -m multiport --dports 8 ${GUARD} ${MARK}`,
      'sctp 8 from port 7,9: an unnamed conn 80050000',
    ],
    [`-m dscp --dscp 0x2e ${GUARD} ${MARK}`, 'everything with dscp 46: an unnamed conn 80050000'],
    [`-p 253 ${GUARD} -m comment --comment é ${MARK}`, '253: é 80050000'],
  ];
  for (const [rule, clause] of rules) {
    it(`reads ${rule}`, () => {
      assert.deepEqual(lifted([Buffer.from(rule).toString('latin1')]), [clause]);
    });
  }

  const unread = [
    `-d 192.168.0.0/24 -m mark --mark 0x0/0x1 ${MARK}`,
    '-j LATER',
    `! -d 192.168.0.0/24 ${GUARD} ${MARK}`,
    `-d 192.168.0.0/255.0.255.0 ${GUARD} ${MARK}`,
    `-s 10.9.0.0/255.0.255.0 ${GUARD} ${MARK}`,
    `-o eth1 ${GUARD} ${MARK}`,
    `-f ${GUARD} ${MARK}`,
    `-i ppp+ ${GUARD} ${MARK}`,
    `-p tcp -m tcp --tcp-flags SYN SYN ${GUARD} ${MARK}`,
    `-p tcp -m multiport --ports 7 ${GUARD} ${MARK}`,
    `-p tcp -m tcp ! --dport 7 ${GUARD} ${MARK}`,
    `-m length --length 7 ${GUARD} ${MARK}`,
    `-m owner --uid-owner 1-7 ${GUARD} ${MARK}`,
    `-m owner --uid-owner 7 --suppl-groups ${GUARD} ${MARK}`,
    `-m cgroup --cgroup 7 ${GUARD} ${MARK}`,
    `${GUARD} -j MARK --set-xmark 0x5/0xff`,
    '-j MARK',
    '-j ACCEPT',
    '-s some.name -j RETURN',
    '-d 10.9.1.1/32 -j RETURN',
    '-p udp -m multiport --ports 7 -j RETURN',
    '-m addrtype --src-type LOCAL -j RETURN',
  ];
  for (const rule of unread) {
    it(`says that it is not in the words: ${rule}`, () => {
      assert.deepEqual(lifted([rule]), [`? ${rule}`]);
    });
  }

  it('takes exemptions for clauses in which nothing happens, as far as they can be said', () => {
    assert.deepEqual(
      lifted(['-m mark --mark 0x80000000/0x80000000 -j RETURN', '-m addrtype --dst-type LOCAL -j RETURN']),
      [],
    );
    assert.deepEqual(lifted(['-p esp -m addrtype --src-type LOCAL -j RETURN']), [
      'esp made on this host: nothing',
    ]);
    assert.deepEqual(lifted(['-p udp -m multiport --ports 500 -m addrtype --src-type LOCAL -j RETURN']), [
      'udp from port 500 made on this host: nothing',
      'udp 500 made on this host: nothing',
    ]);
    const other = '-p udp -m multiport --dports 5,6 -m addrtype --src-type LOCAL -j RETURN';
    assert.deepEqual(lifted([other]), [`? ${other}`]);
    const toHost = '-p udp -m udp --dport 5 -m addrtype --dst-type LOCAL -j RETURN';
    assert.deepEqual(lifted([toHost]), [`? ${toHost}`]);
    assert.deepEqual(lifted(['-j CONNMARK --save-mark --nfmask 0xffff0000 --ctmask 0xffff0000']), []);
  });

  it('lets the later one decide of two rules that ask no question, unless one between them leaves what is marked', () => {
    const rules = [
      '-d 10.9.1.1/32 -j MARK --set-xmark 0x80050000/0xffffffff',
      '-d 10.9.1.0/24 -j MARK --set-xmark 0x80070000/0xffffffff',
    ];
    const [first, second] = [
      'everything to 10.9.1.1: an unnamed conn 80050000',
      'everything to 10.9.1.0/24: an unnamed conn 80070000',
    ];
    assert.deepEqual(lifted(rules), [second, first]);
    const leave = '-m mark --mark 0x80000000/0x80000000 -m comment --comment saref-mark -j RETURN';
    assert.deepEqual(lifted([leave, ...rules]), [second, first]);
    assert.deepEqual(lifted([...rules.slice(1), leave, ...rules.slice(0, 1)]), [second, first]);
    assert.deepEqual(lifted([...rules.slice(0, 1), leave, ...rules.slice(1)]), [first, second]);
  });

  it('reads what the oldest stock script has in IPSEC itself', () => {
    const wired = WIRED.replace(
      '-j NEW_IPSEC_CONN',
      '-d 10.9.1.1/32 -j MARK --set-xmark 0x80050000/0xffffffff',
    );
    assert.deepEqual(lifted([], wired), ['everything to 10.9.1.1: an unnamed conn 80050000']);
  });

  it('goes on into our own chain where the jump to it stands', () => {
    const entry = `-d 10.9.1.1/32 ${GUARD} -m comment --comment ours ${MARK}`;
    const mangle = `${WIRED}:SAREF-ENTRIES - [0:0]\n-A NEW_IPSEC_CONN -m comment --comment saref-mark -j SAREF-ENTRIES\n-A SAREF-ENTRIES ${entry}`;
    assert.equal(liftTable(hostOf({ mangle }).tables.mangle).clauses.length, 1);
  });

  it('lets what our entries exempt go on to rules of others, and says what somebody put among ours', () => {
    const own = ['-p esp -m addrtype --src-type LOCAL -j RETURN', '-j LATER'];
    const others = [`-d 10.9.1.1/32 ${GUARD} ${MARK}`, `-p udp ${GUARD} ${MARK}`];
    const lines = [
      WIRED.trimEnd(),
      '-A NEW_IPSEC_CONN -j SAREF-ENTRIES',
      ...others.map((rule) => `-A NEW_IPSEC_CONN ${rule}`),
      ...own.map((rule) => `-A SAREF-ENTRIES ${rule}`),
    ];
    const { clauses, unread } = liftTable(hostOf({ mangle: lines.join('\n') }).tables.mangle);
    assert.deepEqual(
      clauses.map(({ selector, outcome }) => `${selectorText(selector)}: ${String(outcome?.nfmark)}`),
      [
        'esp to 10.9.1.1 made on this host: 2147811328',
        'esp made on this host: undefined',
        'everything to 10.9.1.1: 2147811328',
        'udp: 2147811328',
      ],
    );
    assert.deepEqual(
      unread.map(({ text }) => text),
      ['-j LATER'],
    );
  });

  describe('where a jump is missing', () => {
    const rule = [
      `-d 10.9.1.1/32 ${GUARD} -m comment --comment a ${MARK}`,
      `-i eth1 ${GUARD} -m comment --comment b ${MARK}`,
    ];
    const without = (chain: string): string => WIRED.replace(new RegExp(`^-A ${chain} .*\n`, 'm'), '');

    it('has no clauses for the packets that do not come as far', () => {
      assert.deepEqual(lifted(rule, without('PREROUTING')), [
        'everything to 10.9.1.1 made on this host: a 80050000',
      ]);
      assert.deepEqual(lifted(rule, without('OUTPUT')), [
        'everything made on this host: nothing',
        'everything to 10.9.1.1: a 80050000',
        'everything in eth1: b 80050000',
      ]);
      assert.deepEqual(lifted(rule, without('IPSEC')), []);
      assert.deepEqual(lifted(rule, ''), []);
    });

    it('takes a jump with a condition for none', () => {
      assert.deepEqual(
        lifted(
          rule,
          WIRED.replace('-A OUTPUT', '-A OUTPUT -p tcp').replace(
            '-A PREROUTING',
            '-A PREROUTING -m mark --mark 0x1',
          ),
        ),
        [],
      );
    });
  });

  describe('of packets that this host makes', () => {
    const SENT = `-A OUTPUT -j SAREF-OUT\n${WIRED}-A SAREF-OUT ${GUARD} -j SAREF-ODD\n-A SAREF-OUT -j SAREF-LOCAL\n`;
    const plain = (dst: string): string => `-d ${dst} ${GUARD} -m comment --comment p ${MARK}`;
    const sent = (dst: string): string =>
      `-d ${dst} -m owner --uid-owner 34 --gid-owner 7 ${GUARD} -m comment --comment s -j MARK --set-xmark 0x80070000/0xffff0000`;
    const local = (...rules: readonly string[]): string =>
      rules.map((rule) => `-A SAREF-LOCAL ${rule}\n`).join('');
    const [one, two] = ['10.0.0.0/8', '172.16.0.0/12'];

    it('has those that ask who sends in their places between the others', () => {
      assert.deepEqual(
        lifted([plain(one), plain(two)], `${SENT}${local(plain(one), sent(one), sent(two), plain(two))}`),
        [
          `everything to ${one}: p 80050000`,
          `everything to ${one} by user 34 by group 7: s 80070000`,
          `everything to ${two} by user 34 by group 7: s 80070000`,
          `everything to ${two}: p 80050000`,
          `? ${GUARD} -j SAREF-ODD`,
        ],
      );
    });

    it('has what is left of closed sockets behind them', () => {
      const left = `-d ${one} -p tcp -m conntrack --ctstate INVALID,NEW -m owner ! --socket-exists ${GUARD} -m comment --comment l -j MARK --set-xmark 0x80000000/0xffff0000`;
      assert.deepEqual(lifted([plain(one)], `${SENT}${local(sent(one), left, plain(one))}`).slice(0, -1), [
        `everything to ${one} by user 34 by group 7: s 80070000`,
        `tcp to ${one} left of a closed socket: l 80000000`,
        `everything to ${one}: p 80050000`,
      ]);
    });

    it('has those of the host in front where they are others', () => {
      assert.deepEqual(lifted([plain(two)], `${SENT}${local(plain(one), sent(two))}`).slice(0, -1), [
        `everything to ${one} made on this host: p 80050000`,
        `everything to ${two} by user 34 by group 7: s 80070000`,
        `everything to ${two}: p 80050000`,
      ]);
    });

    it('has those of the host in front where their order is another one', () => {
      const rules = `${SENT}${local(plain(two), sent(one), plain(one))}`;
      assert.deepEqual(lifted([plain(one), plain(two)], rules).slice(0, 3), [
        `everything to ${two} made on this host: p 80050000`,
        `everything to ${one} by user 34 by group 7: s 80070000`,
        `everything to ${one} made on this host: p 80050000`,
      ]);
    });

    const HERE = '-m mark ! --mark 0x80000000/0xffff0000';
    const ON = '-j MARK --set-xmark 0x80000000/0xffff0000';
    const onwardRules = (...chosen: readonly string[]): string => `-A PREROUTING -i mast0 -j SAREF-ONWARD
${chosen.map((rule) => `-A SAREF-ONWARD ${rule} ${HERE} ${ON}\n`).join('')}-A FORWARD -j LOG
-A FORWARD -i mast0 -m mark --mark 0x80000000/0xffff0000 -j SAREF-ONWARD-BY
-A SAREF-ONWARD-BY -m conntrack --ctdir REPLY -j RETURN
-A SAREF-ONWARD-BY -j MARK --set-xmark 0x0/0xffff0000
-A SAREF-ONWARD-BY -d 10.1.0.0/16 ${GUARD} -m comment --comment a -j MARK --set-xmark 0x80010000/0xffff0000
-A SAREF-ONWARD-BY -p tcp ${GUARD} -j SET --map-set SAREF-SET-1 dst --map-mark
-A SAREF-ONWARD-BY -d 10.3.0.0/16 ${GUARD} -j MARK --set-xmark 0x80030000/0xffff0000
-A SAREF-ONWARD-BY -o eth1 ${GUARD} -j MARK --set-xmark 0x80030000/0xffff0000
-A SAREF-ONWARD-BY ${GUARD} -j SET --map-set SAREF-SET-2 dst --map-mark
-A SAREF-ONWARD-BY --nonsense
-A SAREF-ONWARD-BY ${GUARD} ${ON}
`;
    const liftedOnward = (mangle: string): ReturnType<typeof liftTable> =>
      liftTable(hostOf({ mangle }).tables.mangle, parseSets(SET_OF_B));
    const wordsOf = ({ onward }: ReturnType<typeof liftTable>): string[] =>
      onward.map(
        ({ selector, outcome }) =>
          `${selectorText(selector)}: ${String(outcome?.conn)} ${String(outcome?.nfmark.toString(16))}`,
      );

    it('has those of what comes in by mast apart, blocked ones among them', () => {
      const all = liftedOnward(onwardRules('-d 10.1.0.0/16', '-d 10.2.0.0/16 -p tcp', '-d 10.3.0.0/16'));
      assert.deepEqual(all.clauses, []);
      assert.deepEqual(wordsOf(all), [
        'everything to 10.1.0.0/16 in mast0: a 80010000',
        'tcp to 10.2.0.0/16 in mast0: b 80000000',
        'everything to 10.3.0.0/16 in mast0: an unnamed conn 80030000',
      ]);
      assert.deepEqual(
        all.unread.map(({ text }) => text),
        [
          `-o eth1 ${GUARD} -j MARK --set-xmark 0x80030000/0xffff0000`,
          `${GUARD} -j SET --map-set SAREF-SET-2 dst --map-mark`,
          '--nonsense',
        ],
      );
    });

    it('has of them no more than what is sent on', () => {
      const some = onwardRules('-d 10.1.7.0/24', '-p tcp', '-o eth1', '-m unknown --what');
      assert.deepEqual(wordsOf(liftedOnward(some)), [
        'everything to 10.1.7.0/24 in mast0: a 80010000',
        'tcp to 10.1.0.0/16 in mast0: a 80010000',
        'tcp to 10.2.0.0/16 in mast0: b 80000000',
        'tcp to 10.3.0.0/16 in mast0: an unnamed conn 80030000',
      ]);
      const sent = onwardRules('-d 10.1.0.0/16');
      for (const jump of ['-A PREROUTING -j SAREF-ONWARD', '-A PREROUTING -i mast0 -j LOG'])
        assert.deepEqual(
          wordsOf(liftedOnward(sent.replace('-A PREROUTING -i mast0 -j SAREF-ONWARD', jump))),
          [],
        );
    });

    it('has none of them where nothing leads there, and none of what comes in', () => {
      assert.deepEqual(lifted([plain(two)], `${WIRED}${local(sent(one))}`), [
        `everything to ${two}: p 80050000`,
      ]);
      assert.deepEqual(lifted([], `${SENT}${local(`-i eth1 ${GUARD} ${MARK}`)}`).slice(0, -1), []);
    });
  });
});
