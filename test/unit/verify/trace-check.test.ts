import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import type { HostState } from '../../../src/host/state.ts';
import type { Compiled } from '../../../src/pipeline.ts';
import type { Check } from '../../../src/verify/check.ts';
import { egressText } from '../../../src/verify/compare-trace.ts';
import { checkTrace } from '../../../src/verify/trace-check.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';
import { liveOf, ownAddresses, withRule } from '../../support/live.ts';

const TWO = `version: 1
sarefs: { lab: 18, office: 22 }
entries:
  - { conn: lab, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
  - { conn: office, src: 10.9.2.0/24, dst: 192.168.0.0/24 }
`;

const FLOW = TWO.replace('version: 1\n', 'version: 1\ntracking: flow\n');

const HERE = ['10.9.1.7', '192.168.0.9'];

function checked(compiled: Compiled, live: HostState, { isRoutingSaid = false, here = HERE } = {}): Check {
  const own = ownAddresses(here);
  return checkTrace({ plan: compiled.plan, target: compiled.host, live, own, isRoutingSaid });
}

/** What is said of the host of a policy whose rules are changed so. */
function said(policy: string, change: (rules: string) => string, here = HERE): Check {
  const compiled = compiledOf(policy);
  return checked(compiled, liveOf(compiled, change), { here });
}

function detailOf({ diagnostics }: Check): string {
  return String(diagnostics[0]?.detail);
}

function labelsOf(diagnostic: Diagnostic | undefined): string[] {
  return diagnostic?.labels.map(({ text }) => text) ?? [];
}

const policies = {
  'two entries': TWO,
  'flow tracking': FLOW,
  'conns that are down, and one that steps aside': TWO.replace('18', 'down').replace(
    'entries:\n',
    'entries:\n  - { conn: spare, saref: 7, dst: 203.0.113.0/24 }\n',
  ),
  'protected networks, and one that is not': TWO.replace(
    'entries:',
    'protect: { networks: [192.168.0.0/16, 203.0.113.0/24], except: 192.168.100.0/24 }\nentries:',
  ),
  'a protected network of which entries leave nothing': `version: 1
sarefs: { lab: 18 }
protect: 192.168.0.0/24
entries: [{ conn: lab, dst: 192.168.0.0/24 }]
`,
  'entries that ask who sends, and with which DSCP': `version: 1
sarefs: { lab: 18, office: 22 }
entries:
  - { conn: office, dst: 192.168.0.0/24, user: 34, cgroup: a }
  - { conn: office, dst: 192.168.0.0/24, dscp: 0 }
  - { conn: lab, dst: 192.168.0.0/24, dscp: ef }
  - { conn: lab, dst: 192.168.0.0/24, group: 7 }
  - { conn: office, src: 10.9.2.0/24, dst: 192.168.0.0/24 }
`,
  'entries that overlap': TWO.replace('10.9.2.0/24', '10.9.0.0/16'),
  'an entry that others leave no corner': `version: 1
sarefs: { lab: 18 }
entries:
  - { conn: lab, src: 10.9.0.0/24, dst: 192.168.0.0/24 }
  - { conn: lab, src: 10.9.3.0/24, dst: 192.168.0.0/24 }
  - { conn: lab, src: 10.9.0.0/22, dst: 192.168.0.0/24 }
`,
  'an entry on standby': TWO.replace(
    'entries:\n',
    'entries:\n  - { conn: lab, src: 10.9.1.0/24, dst: 192.168.0.0/24, down: skip }\n',
  ),
  'ports and protocols': `version: 1
sarefs: { lab: 18 }
entries:
  - { conn: lab, dst: [192.168.0.0/24, 172.20.0.1], proto: udp, dport: [53, 1000-1999], sport: 0-1023 }
  - { conn: lab, dst: 192.168.7.0/24, proto: gre }
  - { conn: lab, proto: tcp, dport: 22, dst: 192.168.8.0/24 }
`,
  'input interfaces': `version: 1
sarefs: { lab: 18 }
entries:
  - { conn: lab, dst: 192.168.0.0/24, in: eth0 }
  - { conn: lab, dst: 192.168.1.0/24, in: xeth0 }
`,
  'an entry for everything': 'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 0.0.0.0/0 }]\n',
  'answers by tunnel': TWO.replace('lab: 18', 'lab: { refhim: 18, ref: 17 }'),
  aliases: `version: 1
sarefs: { lab: 18, office: 22 }
entries:
  - { conn: lab, src: 10.9.1.0/24, dst: 192.168.7.0/24, alias: 10.101.0.0/24, proto: udp }
  - { conn: office, dst: 192.168.7.0/24, alias: 10.102.0.0/24 }
`,
  'no entries': 'version: 1\nsarefs: { lab: 18 }\nentries: []\n',
};

describe('the trace of a live host', () => {
  for (const [what, policy] of Object.entries(policies)) {
    it(`is as the policy says where its rules are there: ${what}`, () => {
      const check = said(policy, (rules) => rules);
      assert.deepEqual([check.result, check.diagnostics], ['ok', []]);
      assert.match(check.text, /^\d+ packets? followed .*: all as the policy says$/);
      assert.ok(Number(check.packets) >= (what === 'no entries' ? 2 : 10), String(check.packets));
    });
  }

  it('names the entry, the packet, both marks and the rule that was changed', () => {
    const check = said(TWO, (rules) => rules.replace('0x80160000', '0x80120000'));
    assert.equal(check.result, 'failed');
    const [diagnostic] = check.diagnostics;
    assert.equal(diagnostic?.code, 'SM4005');
    assert.ok(
      labelsOf(diagnostic).includes(
        'udp 10.9.2.0:40000 -> 192.168.0.0:53 (local): the policy says 0x80160000 (SAref 22), the live rules 0x80120000 (SAref 18)',
      ),
    );
    assert.match(
      detailOf(check),
      /^By rule 8 of SAREF-ENTRIES:\n {4}-A SAREF-ENTRIES -s 10\.9\.2\.0\/24 .*0x80120000\/0xffff0000\nThe same goes for \d+ more packets\.$/,
    );
  });

  it('names the rule that a packet should meet, whether it is there or not', () => {
    const gone = said(TWO, (rules) => rules.replace('-A OUTPUT -j IPSEC\n', ''));
    assert.match(
      detailOf(gone),
      /^It does not meet this rule, which is not there:\n {4}-A OUTPUT -j IPSEC\n/,
    );
    const flushed = said(TWO, (rules) => rules.replace('-A IPSEC -j NEW_IPSEC_CONN\n', ''));
    assert.match(detailOf(flushed), /which is not there:\n {4}-A IPSEC -j NEW_IPSEC_CONN\n/);
    const empty = said(TWO, () => '*mangle\nCOMMIT\n');
    assert.match(detailOf(empty), /which is not there:\n {4}-A OUTPUT -j IPSEC\n/);
    // a chain that a policy of DROP ends does not say by which rule
    const dropped = said(TWO, (rules) => rules.replace(':PREROUTING ACCEPT', ':PREROUTING DROP'));
    assert.equal(dropped.diagnostics[0]?.code, 'SM4005');
  });

  it('names who sends a packet that a rule does not ask for any more', () => {
    const policy = TWO.replace('dst: 192.168.0.0/24 }', 'dst: 192.168.0.0/24, user: 34 }');
    const { result, diagnostics } = said(policy, (rules) => rules.replace('-m owner --uid-owner 34 ', ''));
    assert.equal(result, 'failed');
    assert.match(JSON.stringify(diagnostics), /in: this host|made here|local/);
    const another = said(policy, (rules) => rules.replace('--uid-owner 34', '--uid-owner 35'));
    assert.match(JSON.stringify(another.diagnostics), /by user 34/);
  });

  it('names a packet for a protected network that leaves in clear', () => {
    const policy = TWO.replace('entries:', 'protect: 192.168.0.0/16\nentries:');
    const check = said(policy, (rules) => rules.replace(/-A SAREF-PROTECT -d .*/, ''));
    assert.equal(check.result, 'failed');
    assert.deepEqual([...new Set(check.diagnostics.map(({ code }) => code))], ['SM4016']);
    assert.match(
      JSON.stringify(check.diagnostics),
      /the policy says it is dropped, the live rules it leaves as the main routing/,
    );
  });

  it('names a rule that ends the way before ours', () => {
    const check = said(TWO, (rules) =>
      rules.replace('-A PREROUTING -j IPSEC\n', '-A PREROUTING -p udp -j ACCEPT\n-A PREROUTING -j IPSEC\n'),
    );
    assert.match(
      detailOf(check),
      /^By rule 1 of PREROUTING, which is not ours:\n {4}-A PREROUTING -p udp -j ACCEPT\n/,
    );
  });

  it('names a rule that drops what is marked', () => {
    const check = said(TWO, withRule('-A POSTROUTING -d 192.168.0.0/24 -j DROP'));
    assert.match(
      labelsOf(check.diagnostics[0]).join(),
      /the policy says 0x80120000 \(SAref 18\), the live rules drop it/,
    );
    assert.match(detailOf(check), /^By rule 1 of POSTROUTING, which is not ours:/);
  });

  it('names a rule that gives a flow another memory', () => {
    const check = said(FLOW, withRule('-A POSTROUTING -j CONNMARK --set-xmark 0x80170000/0xffff0000'));
    assert.match(
      labelsOf(check.diagnostics[0]).join(),
      /the policy says its flow gets ctmark 0x80120000 \(SAref 18\), the live rules give it 0x80170000 \(SAref 23\)/,
    );
    assert.match(detailOf(check), /^By rule 1 of POSTROUTING, which is not ours:/);
    const unsaved = said(FLOW, (rules) => rules.replace(/-A IPSEC .*--save-mark.*\n/, ''));
    assert.match(
      detailOf(unsaved),
      /^It does not meet this rule, which is not there:\n {4}-A IPSEC .*--save-mark/,
    );
  });

  it('names a rule that is there and does not come in its turn', () => {
    const check = said(FLOW, (rules) =>
      rules.replace(/(-A IPSEC -j NEW_IPSEC_CONN\n)(-A IPSEC .*--save-mark.*\n)/, '$2$1'),
    );
    assert.match(detailOf(check), /^It does not meet this rule:\n {4}-A IPSEC .*--save-mark/);
  });

  it('names a rule of others that gives a flow a memory before ours look at it', () => {
    const mark = '-j CONNMARK --set-xmark 0x80170000/0xffff0000';
    const check = said(TWO, (rules) =>
      rules.replace('-A OUTPUT -j IPSEC\n', `-A OUTPUT ${mark}\n-A OUTPUT -j IPSEC\n`),
    );
    assert.match(detailOf(check), /^By rule 1 of OUTPUT, which is not ours:/);
  });

  it('finds an alias that is not mapped, and one that goes to another network', () => {
    const compiled = compiledOf(policies.aliases);
    const mapped = (nat: string): Check => {
      const { tables } = hostOf({ mangle: '', nat: `*nat\n${nat}COMMIT\n` });
      const live = liveOf(compiled, (rules) => rules);
      return checked(compiled, { ...live, tables: { ...live.tables, nat: tables.nat } });
    };
    const jumps = '-A PREROUTING -j SAREF-ALIAS\n-A OUTPUT -j SAREF-ALIAS\n';
    const rule = ['-A SAREF-ALIAS -d 10.10', '.0.0/24 -m mark --mark 0x80000000/0x80000000 -j NETMAP --to '];
    const [missing] = mapped(`${jumps}${rule.join('1')}192.168.7.0/24\n`).diagnostics;
    assert.equal(missing?.code, 'SM4005');
    assert.match(
      String(labelsOf(missing)[0]),
      / it goes on to 192\.168\.7\.\d+, the live rules send it to 10\.102\.0\.\d+$/,
    );
    assert.match(
      String(missing.detail),
      /^It does not meet this rule, which is not there:\n {4}-A SAREF-ALIAS -d 10\.102/,
    );
    const wrong = mapped(`${jumps}${rule.join('1')}192.168.8.0/24\n${rule.join('2')}192.168.7.0/24\n`);
    assert.match(detailOf(wrong), /^By rule 1 of SAREF-ALIAS:\n/);
    assert.match(
      detailOf(mapped('')),
      /^It does not meet this rule, which is not there:\n {4}-A (?:OUTPUT|PREROUTING) -j SAREF-ALIAS\n/,
    );
  });

  it('says of which entry a packet is that the label does not stand at', () => {
    const policy = TWO.replace('10.9.2.0/24', '10.9.0.0/24');
    const check = said(policy, (rules) => rules.replace('0x80160000', '0x80170000'));
    assert.match(
      labelsOf(check.diagnostics[0]).join('\n'),
      /the policy says 0x80160000 \(SAref 22\) for office, the live rules/,
    );
  });

  it('says what the kernel knows of a packet beside its header', () => {
    const words = (rule: string): string =>
      said(TWO, (rules) =>
        rules
          .replace('-A OUTPUT -j IPSEC', `-A OUTPUT ${rule}\n-A OUTPUT -j IPSEC`)
          .replace('-A PREROUTING -j IPSEC', `-A PREROUTING ${rule}\n-A PREROUTING -j IPSEC`),
      )
        .diagnostics.flatMap(labelsOf)
        .join('\n');
    assert.match(
      words('-m mark --mark 0xffff0000 -j MARK --set-xmark 0x0/0xffff0000'),
      /\(local, with nfmark 0xffff0000 \(SAref 32767\)\)/,
    );
    assert.match(
      words('-m connmark --mark 0xffff0000 -j CONNMARK --set-xmark 0x80180000/0xffff0000'),
      /\(local, of a flow with ctmark 0xffff0000 \(SAref 32767\)\)/,
    );
    assert.match(
      words('-m addrtype --dst-type LOCAL -j MARK --set-xmark 0x80180000/0xffff0000'),
      /udp 10\.9\.1\.0:40000 -> 192\.168\.0\.9:53 \(local, to this host\): the policy says 0x0 \(unmarked\)/,
    );
    assert.match(words('-i eth0 -j MARK --set-xmark 0x80180000/0xffff0000'), /\(forwarded, in eth0\)/);
  });

  it("fails where a rule of others marks this host's own IKE", () => {
    const check = said(
      TWO,
      withRule(
        '-A OUTPUT -p udp -m udp --dport 500 -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80180000/0xffff0000',
      ),
    );
    assert.equal(check.result, 'failed');
    assert.match(
      labelsOf(check.diagnostics[0]).join(),
      /udp 10\.9\.1\.7:40000 -> 192\.168\.0\.\d+:500 \(local\): the policy says 0x0/,
    );
  });

  it('warns where one marks packets that no entry takes, but fails where it is one of ours', () => {
    const others = said(
      TWO,
      withRule(
        '-A NEW_IPSEC_CONN -d 192.168.0.0/16 -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80180000/0xffff0000',
      ),
      [],
    );
    assert.deepEqual([others.result, others.diagnostics.map(({ code }) => code)], ['ok', ['SM4014']]);
    assert.match(
      others.text,
      /: all as the policy says; \d+ of which it says nothing marked by rules of others$/,
    );
    const ours = said(TWO, (rules) => rules.replace('-s 10.9.2.0/24 -d', '-s 10.9.0.0/16 -d'));
    assert.deepEqual([ours.result, ours.diagnostics.map(({ code }) => code)], ['failed', ['SM4005']]);
  });

  it('has words for a packet that no entry is near to', () => {
    const compiled = compiledOf('version: 1\nsarefs: { lab: 18 }\nentries: []\n');
    const live = liveOf(compiled, withRule('-A POSTROUTING -j MARK --set-xmark 0x80180000/0xffff0000'));
    const check = checked(compiled, live);
    assert.deepEqual(labelsOf(check.diagnostics[0]), []);
    assert.match(
      detailOf(check),
      /^udp 10\.0\.0\.1:40000 -> 192\.0\.2\.1:53 \(local\): the policy says 0x0 \(unmarked\), the live rules 0x80180000 \(SAref 24\)\.\nBy rule 1 of POSTROUTING/,
    );
  });

  it('does not doubt what a rule of others does that it can evaluate, and says what it cannot', () => {
    const rules = Array.from(
      { length: 7 },
      (_, index) => `-A FORWARD -m length --length ${String(index)} -j DROP`,
    );
    const check = said(TWO, withRule(rules.join('\n')));
    assert.deepEqual([check.result, check.diagnostics.map(({ code }) => code)], ['not checked', ['SM4007']]);
    assert.match(check.text, /: all as the policy says; \d+ of which it cannot be said for sure$/);
    assert.match(
      detailOf(check),
      /^Whether these rules matter to \d+ packets cannot be said here\.[^]*length 4 -j DROP\n {4}and 2 more$/,
    );
    const fewer = said(TWO, withRule(String(rules[0])));
    assert.match(detailOf(fewer), /length 0 -j DROP$/);
    const both = said(TWO, (text) => withRule(String(rules[0]))(text.replace('0x80160000', '0x80120000')));
    assert.deepEqual(
      [both.result, both.diagnostics.map(({ code }) => code)],
      ['failed', ['SM4005', 'SM4007']],
    );
  });

  it('shows rules with bytes that are UTF-8 as what they spell', () => {
    const name = Buffer.from('zürich').toString('latin1');
    const comment = `-m comment --comment "${name}"`;
    const doubtful = said(TWO, withRule(`-A FORWARD ${comment} -m length --length 7 -j DROP`));
    assert.match(detailOf(doubtful), /--comment "zürich" -m length /);
    const marking = said(
      TWO,
      withRule(`-A POSTROUTING ${comment} -j MARK --set-xmark 0x80180000/0xffff0000`),
    );
    assert.match(detailOf(marking), /^By rule 1 of POSTROUTING[^]*--comment "zürich" -j MARK/);
    const elsewhere = said(TWO, (rules) =>
      rules.replace(
        'COMMIT\n',
        `:${name} - [0:0]\n-A ${name} -j MARK --set-xmark 0x80180000/0xffff0000\n-A POSTROUTING -j ${name}\nCOMMIT\n`,
      ),
    );
    assert.match(detailOf(elsewhere), /^By rule 1 of zürich, which is not ours:\n {4}-A zürich -j MARK/);
  });

  it('shows some causes, and says how many more there are', () => {
    const policy = `version: 1\nsarefs: { ${Array.from({ length: 12 }, (_, i) => `c${String(i)}: ${String(i + 1)}`).join(', ')} }\nentries:\n${Array.from({ length: 12 }, (_, i) => `  - { conn: c${String(i)}, dst: 192.168.${String(i * 2)}.0/24 }\n`).join('')}`;
    const check = said(policy, (rules) => rules.replaceAll('--set-xmark 0x800', '--set-xmark 0x801'));
    assert.equal(check.diagnostics.length, 11);
    assert.match(
      String(check.diagnostics.at(-1)?.detail),
      /^\d+ more packets of 2 other causes not shown\.$/,
    );
  });

  describe('and its routing', () => {
    const compiled = compiledOf(TWO);
    const live = liveOf(compiled);
    const withRoutes = (...words: string[]): HostState => ({
      ...live,
      routes: { table: 50, routes: words.map((one) => ({ words: one })) },
    });
    const cases = [
      [
        'refuses marked packets',
        withRoutes('unreachable default metric 4294967295'),
        'it is refused: no route',
      ],
      ['has another way for them', withRoutes('default dev eth0'), 'it leaves by eth0'],
      [
        'has no rules for them',
        { ...live, ipRules: live.ipRules.filter(({ words }) => !words.includes('fwmark')) },
        'it leaves as the main routing table says',
      ],
    ] as const;
    for (const [what, host, got] of cases) {
      it(`is not as it should be where it ${what}`, () => {
        const check = checked(compiled, host);
        assert.deepEqual([check.result, check.diagnostics.map(({ code }) => code)], ['failed', ['SM4006']]);
        assert.match(
          labelsOf(check.diagnostics[0]).join(),
          new RegExp(`the policy says it leaves by mast0, the live rules ${got}`),
        );
        assert.match(detailOf(check), /^By ip rule 32\d\d\d: |^The same goes/);
        const silent = checked(compiled, host, { isRoutingSaid: true });
        assert.deepEqual([silent.result, silent.diagnostics], ['failed', []]);
      });
    }

    it('is not as it should be where no rule decides, or mast gets what is not marked', () => {
      const none = checked(compiled, { ...live, ipRules: [] });
      assert.match(detailOf(none), /^The same goes/);
      const all = checked(compiled, { ...live, ipRules: [{ priority: 7, words: 'from all lookup 50' }] });
      assert.match(
        all.diagnostics.flatMap(labelsOf).join('\n'),
        /the policy says it does not leave by mast0, the live rules it leaves by mast0/,
      );
      const local = checked(compiled, {
        ...live,
        ipRules: [{ priority: 7, words: 'from all lookup local' }, ...live.ipRules],
      });
      assert.equal(local.result, 'ok');
    });

    it('has words for each way to leave', () => {
      const kinds = ['main', 'local', 'unreachable', 'dropped'] as const;
      assert.deepEqual(
        kinds.map((kind) => egressText({ kind })),
        [
          'leaves as the main routing table says',
          'is for this host',
          'is refused: no route',
          'is dropped by a rule',
        ],
      );
    });

    it('is for the kernel to say where a rule cannot be read', () => {
      const ipRules = [{ priority: 7, words: 'from 10.0.0.0/8 lookup 220' }];
      assert.equal(checked(compiled, { ...live, ipRules }).result, 'ok');
    });
  });
});
