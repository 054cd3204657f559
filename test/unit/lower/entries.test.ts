import assert from 'node:assert/strict';
import { lowerEntries } from '../../../src/lower/entries.ts';
import { compiledOf } from '../../support/compiled.ts';

function rulesFor(text: string): string[] {
  return lowerEntries(compiledOf(text).plan).map((rule) => rule.text);
}

const ONE = 'sarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n';

describe('lowerEntries', () => {
  it('exempts before it marks', () => {
    assert.deepEqual(rulesFor(`version: 1\n${ONE}`), [
      '-m mark --mark 0x0/0x80000000 -m connmark --mark 0x80000000/0x80000000 -j CONNMARK --restore-mark --nfmask 0xffff0000 --ctmask 0xffff0000',
      '-m mark --mark 0x80000000/0x80000000 -j RETURN',
      '-m addrtype --dst-type LOCAL -j RETURN',
      '-p udp -m multiport --ports 500,4500 -m addrtype --src-type LOCAL -j RETURN',
      '-p esp -m addrtype --src-type LOCAL -j RETURN',
      '-p ah -m addrtype --src-type LOCAL -j RETURN',
      '-d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment a -j MARK --set-xmark 0x80010000/0xffff0000',
    ]);
  });

  it('leaves the memory of flows to IPSEC where tracking is by flow', () => {
    const rules = rulesFor(`version: 1\ntracking: flow\n${ONE}`);
    assert.equal(rules[0], '-m mark --mark 0x80000000/0x80000000 -j RETURN');
    assert.ok(!rules.some((rule) => rule.includes('CONNMARK')));
  });

  it('keeps the order of the entries and leaves skipped ones out', () => {
    const rules = rulesFor(`version: 1
sarefs: { b: 2, a: 1, dead: down }
entries:
  - { conn: b, src: 10.9.2.0/24 }
  - { conn: dead, src: 10.9.3.0/24, down: skip }
  - { conn: dead, src: 10.9.4.0/24, down: block }
  - { conn: a, src: 10.9.1.0/24 }
`);
    assert.deepEqual(
      rules.slice(6).map((rule) => rule.replace(/-m mark .* --comment /, '')),
      [
        '-s 10.9.2.0/24 b -j MARK --set-xmark 0x80020000/0xffff0000',
        '-s 10.9.4.0/24 dead -j MARK --set-xmark 0x80000000/0xffff0000',
        '-s 10.9.1.0/24 a -j MARK --set-xmark 0x80010000/0xffff0000',
      ],
    );
  });

  it('writes every address as no address, as iptables-save does', () => {
    const rules = rulesFor(
      'version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, src: 0.0.0.0/0, dst: 0.0.0.0/0 }]\n',
    );
    assert.match(String(rules[6]), /^-m mark /);
  });

  it('writes a conn into the comment as bytes', () => {
    const rules = rulesFor(
      `version: 1\nsarefs: { "é'": 1 }\nentries: [{ conn: "é'", dst: 192.168.0.0/24 }]\n`,
    );
    assert.match(String(rules[6]), /--comment "\u00c3\u00a9\\'"/);
  });

  const manyPorts = (number: number): string => {
    const ports = Array.from({ length: number }, (_, index) => index + 1);
    return `version: 1\nmast: { ike-ports: [${ports.join(', ')}] }\n${ONE}`;
  };
  const cases = [
    [0, []],
    [15, [15]],
    [16, [15, 1]],
    [31, [15, 15, 1]],
  ] as const;
  for (const [number, sizes] of cases) {
    it(`puts ${String(number)} IKE ports into ${String(sizes.length)} rules`, () => {
      const lists = rulesFor(manyPorts(number)).flatMap((rule) => /--ports (\S+)/.exec(rule)?.[1] ?? []);
      assert.deepEqual(
        lists.map((list) => list.split(',').length),
        sizes,
      );
      assert.equal(new Set(lists.join(',').split(',')).size, Math.max(number, 1));
    });
  }

  it('says which entry a rule is from, and from none that a rule exempts', () => {
    const { plan } = compiledOf(`version: 1\n${ONE}`);
    const origins = lowerEntries(plan).map(({ origin }) => origin);
    assert.deepEqual(origins.slice(0, 6), Array(6).fill(undefined));
    assert.equal(origins[6], plan.entries[0]?.origin);
  });
});
