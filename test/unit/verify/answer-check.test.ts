import assert from 'node:assert/strict';
import type { HostState } from '../../../src/host/state.ts';
import { emptyTable } from '../../../src/iptables/table.ts';
import { checkAnswers } from '../../../src/verify/answer-check.ts';
import type { Check } from '../../../src/verify/check.ts';
import { compiledOf } from '../../support/compiled.ts';
import { liveTablesOf, ownAddresses } from '../../support/live.ts';

const policyOf = (sarefs: string, rest = ''): string => `version: 1
${rest}sarefs: { ${sarefs} }
entries:
  - { conn: lab, dst: 192.168.0.0/24 }
`;

const LAB = 'lab: { refhim: 18, ref: 17 }';
const TWO = policyOf(`${LAB}, office: { refhim: 22, ref: 21 }, home: down`);
const MANY = policyOf(
  [
    LAB,
    ...Array.from(
      { length: 12 },
      (_, i) => `c${String(i)}: { refhim: ${String(i + 100)}, ref: ${String(i + 200)} }`,
    ),
  ].join(),
);

function said(policy: string, change: (rules: string) => string, here = ['10.9.1.7']): Check {
  const compiled = compiledOf(policy);
  return checked(compiled, liveTablesOf(compiled, change), here);
}

function checked({ plan, host }: ReturnType<typeof compiledOf>, live: HostState, here = ['10.9.1.7']): Check {
  return checkAnswers({ plan, target: host, live, own: ownAddresses(here), isRoutingSaid: false });
}

/** Code, labels and detail, of each thing that is said. */
function wordsOf({ diagnostics }: Check): string[] {
  return diagnostics.map(({ code, labels, detail = '' }) =>
    [code, ...labels.map(({ text }) => text), detail].join('\n'),
  );
}

describe('checkAnswers', () => {
  const policies = {
    'two conns': TWO,
    'two conns, tracking: flow': policyOf(`${LAB}, office: { refhim: 22, ref: 21 }`, 'tracking: flow\n'),
    'more conns than a chain takes': MANY,
    'one conn': policyOf(LAB),
    'a conn with the last SAref': policyOf('lab: { refhim: 18, ref: 32767 }'),
    'no entries': 'version: 1\nsarefs: { a: { refhim: 1, ref: 2 } }\nentries: []\n',
    'an entry for everything':
      'version: 1\nsarefs: { a: { refhim: 1, ref: 2 } }\nentries: [{ conn: a, dst: 0.0.0.0/0 }]\n',
    'an entry of which no udp is': `version: 1\nsarefs: { a: { refhim: 1, ref: 2 } }\nentries: [{ conn: a, dst: 192.0.2.2/31, proto: tcp }]\n`,
    'clients where the others are': `version: 1\nsarefs: { a: { refhim: 1, ref: 2 } }\nentries: [{ conn: a, dst: 192.0.2.2/31 }]\n`,
    'clients where the servers are': `version: 1\nsarefs: { a: { refhim: 1, ref: 2 } }\nentries: [{ conn: a, dst: 192.0.2.2/32 }, { conn: a, dst: 192.0.2.3/32 }]\n`,
  };
  for (const [what, policy] of Object.entries(policies)) {
    for (const here of [['10.9.1.7', '192.168.0.1'], []]) {
      it(`is content with the rules of the policy: ${what}, at ${here.join(' and ') || 'no address'}`, () => {
        const check = said(policy, (rules) => rules, here);
        assert.deepEqual([check.result, wordsOf(check)], ['ok', []]);
        assert.match(
          check.text,
          /^\d+ conns? that flows come in by; \d+ packets followed .*: all as the policy/,
        );
      });
    }
  }

  it('does not apply where the entries decide about answers', () => {
    for (const policy of [policyOf('lab: 18'), policyOf(LAB, 'replies: entries\n')]) {
      const check = said(policy, (rules) => rules);
      assert.deepEqual(
        [check.result, check.text, check.diagnostics],
        ['not checked', 'they go as the entries say', []],
      );
    }
  });

  it('names the conn and the rule that sends its answers to another one', () => {
    const check = said(TWO, (rules) =>
      rules.replace(/(--mark 0x80150000.*--set-xmark )0x80160000/, '$10x80120000'),
    );
    assert.equal(check.result, 'failed');
    assert.equal(wordsOf(check).length, 1);
    assert.match(
      String(wordsOf(check)[0]),
      /^SM4019\nudp 192\.168\.0\.1:40000 -> 10\.9\.1\.7:53 \(forwarded, in mast0, to this host, with nfmark 0x80150000 \(SAref 21\)\): the policy says its flow gets ctmark 0x80160000 \(SAref 22\) for office, the live rules give it 0x80120000 \(SAref 18\)\.\nBy rule 3 of SAREF-IN:\n {4}-A SAREF-IN .*\nThe same goes for \d more packets\.$/,
    );
  });

  it('points to the entry of a conn that has one', () => {
    const check = said(TWO, (rules) => rules.replace(/-A SAREF-IN .*0x80110000.*\n/, ''));
    assert.match(
      String(wordsOf(check)[0]),
      /^SM4019\nudp [^\n]*the policy says its flow gets ctmark 0x80120000 \(SAref 18\) for lab, the live rules give it 0x80000000 \(blocked\)\nIt does not meet this rule, which is not there:/,
    );
    assert.equal(check.diagnostics[0]?.labels[0]?.span.source.name, 'policy.yaml');
  });

  it('fails where nothing tells a flow by which conn it came in', () => {
    const check = said(TWO, (rules) => rules.replace(/-A PREROUTING .*-j SAREF-IN\n/, ''));
    assert.match(String(wordsOf(check)[0]), /which is not there:\n {4}-A PREROUTING -i mast0 .*-j SAREF-IN/);
    assert.match(check.text, /; \d+ packets followed .*: \d+ not as the policy says$/);
  });

  it('fails where a client that nobody knows is answered', () => {
    const check = said(TWO, (rules) => rules.replace(/-A SAREF-IN -m connmark .*\n/, ''));
    assert.match(
      String(wordsOf(check)[0]),
      /SM4019\n.*: the policy says its flow gets ctmark 0x80000000 \(blocked\) for a client that nobody knows, the live rules give it 0x0 \(unmarked\)/,
    );
  });

  it('fails where an answer is not marked by the memory of its flow', () => {
    const check = said(TWO, (rules) => rules.replace(/-A SAREF-ENTRIES .*--restore-mark.*\n/, ''));
    assert.ok(
      wordsOf(check).some((words) =>
        /SM4019\n[^]*\(local, of a flow with ctmark 0x80160000 \(SAref 22\)\)/.test(words),
      ),
    );
  });

  it('calls it by its name where a rule drops what has come in', () => {
    const check = said(TWO, (rules) =>
      rules.replace(/\*mangle\n([^]*)COMMIT/, '*mangle\n$1-A INPUT -i mast0 -j DROP\nCOMMIT'),
    );
    assert.match(String(wordsOf(check)[0]), /^SM4005\n[^]*the live rules drop it/);
  });

  it('names conns that share a zone, and such as have none', () => {
    const same = said(TWO, (rules) => rules.replace('--zone-orig 2', '--zone-orig 1'));
    assert.equal(same.result, 'failed');
    assert.deepEqual(wordsOf(same), [
      'SM4020\nIn conntrack, what comes in by these conns has\n    zone 1: lab, office',
    ]);
    const none = said(MANY, (rules) => rules.replace(/-A PREROUTING .*-j SAREF-ZONE\n/, ''));
    assert.deepEqual(wordsOf(none), [
      'SM4020\nIn conntrack, what comes in by these conns has\n    no zone of their own: lab, c0, c1, c2, c3 and 8 more',
    ]);
    const byMark = said(TWO, (rules) => rules.replace(/zone-orig \d/g, 'zone-orig mark'));
    assert.match(String(wordsOf(byMark)[0]), /no zone of their own: lab, office/);
  });

  it('has nothing against a rule that gives a zone to all packets of a conn, or another number by hand', () => {
    for (const by of ['--zone 9', '--zone-orig 9']) {
      const check = said(TWO, (rules) => rules.replace('--zone-orig 1', by));
      assert.deepEqual(wordsOf(check), []);
    }
  });

  it('fails where nothing says that there is a chain of nat, unless there is one conn alone', () => {
    for (const [policy, codes] of [
      [TWO, ['SM4021']],
      [policyOf(LAB), []],
    ] as const) {
      const compiled = compiledOf(policy);
      const live = liveTablesOf(compiled, (rules) => rules.replaceAll(/.*-j SAREF-ALIAS\n/g, ''));
      const absent = { ...live, tables: { ...live.tables, nat: emptyTable('nat') } };
      for (const host of [live, absent])
        assert.deepEqual(
          checked(compiled, host).diagnostics.map(({ code }) => code),
          codes,
        );
    }
  });
});
