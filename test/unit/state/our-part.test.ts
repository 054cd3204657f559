import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import { printTable } from '../../../src/iptables/table.ts';
import { digestOfAll, fingerprintOf } from '../../../src/state/fingerprint.ts';
import { goalBackTo } from '../../../src/state/goal.ts';
import { ourPartOf } from '../../../src/state/our-part.ts';
import { compiledOf } from '../../support/compiled.ts';
import { liveOf, withRule } from '../../support/live.ts';

const COMPILED = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n');
const { ours } = COMPILED;

const foreign = (rules: string): string =>
  rules
    .replace(':PREROUTING ACCEPT [0:0]\n', ':PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n')
    .replace('COMMIT\n', '-A DOCKER -j ACCEPT\n-A PREROUTING -j DOCKER\n-A INPUT -p tcp -j DROP\nCOMMIT\n');

const PASSING = `:SAREF-PROBE - [0:0]
:SAREF-EXEC - [0:0]
:SAREF-EXEC-RUNS - [0:0]
-A SAREF-PROBE -j RETURN
-A SAREF-EXEC -j SAREF-EXEC-RUNS
-A OUTPUT -j SAREF-EXEC
-A POSTROUTING -g SAREF-PROBE
COMMIT
`;

describe('the digest of a policy', () => {
  it('is that of sha256sum for one file, and another one for each order of more', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    assert.equal(digestOfAll(['']), empty);
    const digests = [['a', 'b'], ['b', 'a'], ['ab'], []].map(digestOfAll);
    assert.equal(new Set([...digests, empty]).size, 5 - 1);
  });
});

describe('our part of a host', () => {
  const before = liveOf(COMPILED);

  it('has no chain of others, and loses nothing that is needed to go back', () => {
    const live = liveOf(COMPILED, foreign);
    const part = ourPartOf(live, ours);
    assert.equal(part.tables.mangle.chains.has('DOCKER'), false);
    assert.deepEqual(diffHosts({ live, target: part, ours }), []);
    assert.deepEqual(
      diffHosts({
        live: liveOf(COMPILED, (text) => foreign(text).replace(/-A SAREF-ENTRIES.*\n/, '')),
        target: part,
        ours,
      }).length,
      1,
    );
  });

  it('has nothing that is there for a while only', () => {
    const live = liveOf(COMPILED, (rules) => rules.replace('COMMIT\n', PASSING));
    const { mangle } = ourPartOf(live, ours).tables;
    const text = [...mangle.chains].flatMap(([name, { rules }]) => [name, ...rules.map((rule) => rule.text)]);
    assert.doesNotMatch(text.join('\n'), /PROBE|EXEC/);
    assert.equal(fingerprintOf(live, ours), fingerprintOf(before, ours));
  });

  it('has one fingerprint, whatever others have beside it', () => {
    assert.equal(fingerprintOf(liveOf(COMPILED, foreign), ours), fingerprintOf(before, ours));
    const spelled = liveOf(COMPILED, (rules) =>
      rules.replaceAll('0x80010000/0xffff0000', '0x80010000/0xFFFF0000'),
    );
    assert.equal(fingerprintOf(spelled, ours), fingerprintOf(before, ours));
  });

  it('takes a rule that it cannot read for one of others', () => {
    const live = liveOf(COMPILED, withRule('-A OUTPUT -i "eth0" -j ACCEPT'));
    assert.equal(fingerprintOf(live, ours), fingerprintOf(before, ours));
  });

  it('knows its own rules in a chain of others', () => {
    const commented = '-A FORWARD -m comment --comment saref-mark -j ACCEPT';
    const [one, other] = [commented, `-A FORWARD -p tcp -j DROP\n${commented}`].map((rules) =>
      fingerprintOf(liveOf(COMPILED, withRule(rules)), ours),
    );
    assert.equal(one, other);
  });

  it('goes back beside programs of exec that still run, and without those that have ended', () => {
    const run = (path: string): string =>
      `-A SAREF-EXEC-RUNS -m cgroup --path ${path} -m mark --mark 0x0/0x80000000 -m comment --comment a -j MARK --set-xmark 0x80010000/0xffff0000\n`;
    const live = liveOf(COMPILED, (rules) =>
      rules.replace('COMMIT\n', `${PASSING.replace('COMMIT\n', '')}${run('here')}${run('gone')}COMMIT\n`),
    );
    const back = (isAlive?: (path: string) => boolean): string =>
      printTable(goalBackTo(before, ours, isAlive).targetOn(live).tables.mangle);
    const text = back((path) => path === 'here');
    assert.ok(text.includes(run('here')) && !text.includes('--path gone'), text);
    assert.ok(back().includes('--path gone'));
    assert.doesNotMatch(
      back(() => false),
      /EXEC/,
    );
  });

  const changes: readonly (readonly [string, (rules: string) => string])[] = [
    ['an entry has another mark', (rules) => rules.replace('0x80010000/0xffff0000', '0x80020000/0xffff0000')],
    ['a rule of ours is gone', (rules) => rules.replace(/-A SAREF-ENTRIES .*\n/, '')],
    ['a jump is gone', (rules) => rules.replace('-A OUTPUT -j IPSEC\n', '')],
    ['a chain of ours has come', (rules) => rules.replace(':PREROUTING', ':SAREF-OLD - [0:0]\n:PREROUTING')],
    ['a rule with our comment has come', withRule('-A FORWARD -m comment --comment saref-mark -j ACCEPT')],
  ];
  for (const [what, change] of changes) {
    it(`has another fingerprint when ${what}`, () => {
      assert.notEqual(fingerprintOf(liveOf(COMPILED, change), ours), fingerprintOf(before, ours));
    });
  }

  it('has another fingerprint when an ip rule of ours is gone', () => {
    const without = { ...before, ipRules: before.ipRules.filter(({ priority }) => priority !== 32764) };
    assert.notEqual(fingerprintOf(without, ours), fingerprintOf(before, ours));
    const more = { ...before, ipRules: [...before.ipRules, { priority: 9, words: 'from all lookup 9' }] };
    assert.equal(fingerprintOf(more, ours), fingerprintOf(before, ours));
  });
});
