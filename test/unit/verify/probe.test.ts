import assert from 'node:assert/strict';
import { packetText } from '../../../src/domain/packet.ts';
import { decide } from '../../../src/plan/decide.ts';
import type { MarkPlan } from '../../../src/plan/plan.ts';
import type { Probe, Probes } from '../../../src/verify/probe.ts';
import { hasMemory, isStandby, probesFor } from '../../../src/verify/probe.ts';
import { compiledOf } from '../../support/compiled.ts';

function planOf(entries: readonly string[], tracking = 'flow'): MarkPlan {
  const items = entries.map((entry) => `  - { ${entry} }\n`).join('');
  const text = `version: 1\ntracking: ${tracking}\nsarefs: { a: 1, b: 2, c: down }\nentries:\n${items}`;
  return compiledOf(text).plan;
}

const NOWHERE = { device: 'branch', missing: new Map([['eth9', 'there is no eth9']]) };

function probesOf(...entries: readonly string[]): Probes {
  return probesFor(planOf(entries), NOWHERE);
}

function reasonsOf({ gaps }: Probes): string[] {
  return gaps.map(({ entry, hook, reason }) => `${entry.conn} ${hook}: ${reason}`);
}

describe('the probes of a plan', () => {
  it('are a packet made here and one that comes in for each entry, and the entry decides both', () => {
    const plan = planOf([
      'conn: a, dst: 192.168.0.0/24, proto: tcp, dport: [80, 443]',
      'conn: b, dst: 192.168.0.0/24, proto: icmp',
      'conn: c, dst: 192.168.1.0/24',
    ]);
    const { probes, gaps } = probesFor(plan, NOWHERE);
    assert.deepEqual(gaps, []);
    assert.deepEqual(
      probes.map(({ entry, packet }) => [entry.conn, packet.hook, packet.inInterface]),
      ['a', 'b', 'c'].flatMap((conn) => [
        [conn, 'OUTPUT', undefined],
        [conn, 'PREROUTING', 'branch'],
      ]),
    );
    for (const { entry, packet } of probes) assert.equal(decide(plan, packet).entry, entry);
  });

  it('leave out entries of which conns are down that are to be skipped', () => {
    const { probes, gaps } = probesOf('conn: c, dst: 192.168.1.0/24, down: skip');
    assert.deepEqual([probes, gaps], [[], []]);
  });

  it('come in where the entry says', () => {
    const found = probesOf('conn: a, dst: 192.168.0.0/24, in: eth1');
    assert.deepEqual(
      found.probes.map(({ packet }) => packet.inInterface),
      ['eth1'],
    );
    assert.deepEqual(reasonsOf(found), ['a OUTPUT: the entry asks for packets that come in']);
  });

  const gaps = [
    [
      'packets that carry the tunnels of this host',
      ['conn: a, dst: 192.168.0.0/24, proto: esp'],
      ["a OUTPUT: it is this host's own IKE, ESP or AH, which is never marked"],
    ],
    [
      'a device that cannot be had',
      ['conn: a, dst: 192.168.0.0/24, in: eth9'],
      ['a OUTPUT: the entry asks for packets that come in', 'a PREROUTING: there is no eth9'],
    ],
    [
      'networks that no host is in',
      ['conn: a, dst: 224.0.0.0/4'],
      ['OUTPUT', 'PREROUTING'].map((hook) => `a ${hook}: such packets do not go from host to host`),
    ],
    [
      'the only flow that there is',
      ['conn: a, src: 10.9.1.1, dst: 192.168.0.1, proto: gre'],
      ['a PREROUTING: such a packet would belong to the flow of one that is sent for another entry'],
    ],
  ] as const;
  for (const [what, entries, reasons] of gaps) {
    it(`tell why there is none: ${what}`, () => {
      assert.deepEqual(reasonsOf(probesOf(...entries)), reasons);
    });
  }

  it('are sent by whom the entry asks for, and by nobody that an earlier one does', () => {
    const plan = planOf([
      'conn: a, dst: 192.168.0.0/24, user: 34, group: 7',
      'conn: b, dst: 192.168.0.0/24, user: 0',
      'conn: a, dst: 192.168.0.0/24, user: 65534, down: skip',
      'conn: b, dst: 192.168.0.0/24, cgroup: a',
      'conn: b, dst: 192.168.0.0/24',
    ]);
    const { probes, gaps } = probesFor(plan, NOWHERE);
    assert.deepEqual(
      probes.map(({ packet: { hook, uid, gid } }) => [hook, uid, gid]),
      [
        ['OUTPUT', 34, 7],
        ['OUTPUT', 0, 0],
        ['OUTPUT', 65_534, 0],
        // root and nobody have entries of their own
        ['OUTPUT', 65_535, 0],
        ['PREROUTING', undefined, undefined],
      ],
    );
    assert.deepEqual(
      gaps.map(({ reason }) => reason),
      ['only a program in its cgroup sends such packets'],
    );
    for (const probe of probes)
      assert.equal(hasMemory({ ...plan, tracking: 'packet' }, probe), probe.entry.selector.uid !== undefined);
  });

  it('are sent by somebody else where earlier entries ask for those who mostly send', () => {
    const plan = planOf([
      'conn: a, dst: 192.168.0.0/24, group: 0',
      'conn: a, dst: 192.168.0.0/24, group: 65534',
      'conn: b, dst: 192.168.0.0/24',
    ]);
    const { probes } = probesFor(plan, NOWHERE);
    assert.deepEqual(
      probes.map(({ packet: { hook, uid, gid } }) => [hook, uid, gid]),
      [
        ['OUTPUT', 0, 0],
        ['OUTPUT', 0, 65_534],
        ['OUTPUT', 0, 65_535],
        ['PREROUTING', undefined, undefined],
      ],
    );
  });

  it('tell that earlier entries take all packets', () => {
    const found = probesOf('conn: a, dst: 192.168.0.0/24, down: skip', 'conn: b, dst: 192.168.0.0/24');
    assert.deepEqual(
      reasonsOf(found),
      ['OUTPUT', 'PREROUTING'].map((hook) => `b ${hook}: earlier entries decide all such packets`),
    );
  });

  it('are never of protocol 0, which rules cannot ask for', () => {
    const others = Array.from({ length: 255 }, (_, index) => `proto: ${String(index + 1)}`);
    const found = probesOf(...others.map((part) => `conn: a, ${part}`), 'conn: b, dst: 192.168.0.0/24');
    assert.deepEqual(
      reasonsOf(found).filter((text) => text.startsWith('b')),
      ['OUTPUT', 'PREROUTING'].map((hook) => `b ${hook}: such packets do not go from host to host`),
    );
  }).timeout(60_000);
});

describe('an entry', () => {
  it('is on standby while one that would step aside takes its packets', () => {
    const found = probesOf('conn: a, dst: 192.168.0.0/24, down: skip', 'conn: b, dst: 192.168.0.0/24');
    assert.ok(isStandby(found.gaps));
    assert.equal(found.gaps.length, 2);
  });

  it('is not on standby where there are no packets for other reasons', () => {
    assert.ok(!isStandby(probesOf('conn: a, dst: 224.0.0.0/4').gaps));
  });
});

describe('two probes', () => {
  const { probes } = probesOf(
    ...['tcp', 'udp', 'sctp', 'dccp', 'udplite'].flatMap((name) => [
      `conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/24, proto: ${name}, dport: 53`,
      `conn: b, src: 10.9.1.0/24, dst: 192.168.0.0/24, proto: ${name}, sport: 53`,
      `conn: a, src: 192.168.0.0/24, dst: 10.9.1.0/24, proto: ${name}`,
    ]),
    ...['icmp', 'gre', '253'].flatMap((name) => [
      `conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/24, proto: ${name}`,
      `conn: b, src: 192.168.0.0/24, dst: 10.9.1.0/24, proto: ${name}`,
    ]),
  );

  /** As conntrack may see it: without ports where it cannot be relied on to know them, in either direction. */
  function flowOf({ packet: { protocol, src, dst, sport, dport } }: Probe): string {
    const hasKnownPorts = [6, 17, 132].includes(protocol);
    const ends = hasKnownPorts
      ? [`${String(src)}:${String(sport)}`, `${String(dst)}:${String(dport)}`]
      : [src, dst];
    return `${String(protocol)} ${ends.map(String).sort().join(' ')}`;
  }

  it('never belong to one flow', () => {
    assert.equal(probes.length, 2 * 21);
    assert.equal(new Set(probes.map(flowOf)).size, probes.length);
  });

  it('never have an address on this host and on another at once', () => {
    const local = probes.filter(({ packet }) => packet.hook === 'OUTPUT').map(({ packet }) => packet);
    const sources = new Set(local.map(({ src }) => src));
    assert.ok(local.every(({ dst }) => !sources.has(dst)));
  });
});

describe('probes to aliases', () => {
  const aliased = [
    'conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/30, alias: 10.101.0.0/30',
    'conn: b, src: 10.9.1.0/24, dst: 192.168.0.0/30, alias: 10.102.0.0/30',
    'conn: c, src: 10.9.1.0/24, dst: 192.168.0.0/30',
    'conn: a, src: 192.168.0.0/30, dst: 10.9.1.0/24',
  ];
  const { probes } = probesOf(...aliased);

  it('leave for the real network, and are like no other there', () => {
    const textOf = ({ leaving }: Probe): string => packetText(leaving);
    assert.equal(probes.length, 8);
    assert.ok(probes.slice(0, 6).every((probe) => textOf(probe).includes('-> 192.168.0.')));
    assert.equal(new Set(probes.map(textOf)).size, probes.length);
    assert.deepEqual(
      probes.map(({ packet, leaving }) => packet === leaving || packet.dst === leaving.dst),
      [false, false, false, false, true, true, true, true],
    );
  });

  it('leave for no address that this host has in the meantime', () => {
    const local = probes.filter(({ packet }) => packet.hook === 'OUTPUT');
    const sources = new Set(local.map(({ packet }) => packet.src));
    assert.ok(local.every(({ leaving }) => !sources.has(leaving.dst)));
  });
});

describe('a flow', () => {
  const cases = [
    ['is remembered', 'flow', 'tcp', true],
    ['is not remembered where each packet stands for itself', 'packet', 'tcp', false],
    ['is not looked for of ICMPv6, which conntrack refuses in IPv4', 'flow', 'ipv6-icmp', false],
    ['is not looked for of UDP-Lite, whose checksums conntrack takes for wrong', 'flow', 'udplite', false],
  ] as const;
  for (const [what, tracking, name, remembered] of cases) {
    it(what, () => {
      const plan = planOf([`conn: a, dst: 192.168.0.0/24, proto: ${name}`], tracking);
      const { probes } = probesFor(plan, NOWHERE);
      assert.deepEqual(
        probes.map((probe) => hasMemory(plan, probe)),
        [remembered, remembered],
      );
    });
  }
});
