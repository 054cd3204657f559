import assert from 'node:assert/strict';
import { packetText } from '../../../src/domain/packet.ts';
import type { Probes } from '../../../src/verify/probe.ts';
import { liveProbes } from '../../../src/verify/live-probes.ts';
import { compiledOf } from '../../support/compiled.ts';
import { ownAddresses } from '../../support/live.ts';

function probesOf(...entries: readonly string[]): Probes {
  const { plan } = compiledOf(
    `version: 1\nsarefs: { a: 1, b: 2 }\nentries:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`,
  );
  return liveProbes(plan, { own: ownAddresses(['10.9.1.7', '192.168.0.1']), freshPort: 50_007 });
}

function textsOf({ probes }: Probes): string[] {
  return probes.map(({ packet }) => `${packetText(packet)}${packet.srcIsLocal ? '' : ', foreign'}`);
}

describe('the probes of a live host', () => {
  it('are from an address of its own and a fresh port, as far as the entry takes those', () => {
    const probes = probesOf(
      '{ conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/24 }',
      '{ conn: a, src: 10.9.2.0/24, dst: 192.168.0.0/24 }',
      '{ conn: a, dst: 192.168.1.0/24, proto: tcp, sport: 1000-1999 }',
      '{ conn: a, src: 10.9.3.0/24, dst: 192.168.1.0/24, proto: udp, sport: 1000-1999 }',
      '{ conn: a, dst: 192.168.2.0/24, proto: gre }',
    );
    assert.deepEqual(textsOf(probes), [
      'udp 10.9.1.7:50007 -> 192.168.0.3:53',
      'udp 10.9.2.1:50007 -> 192.168.0.3:53, foreign',
      'tcp 10.9.1.7:1000 -> 192.168.1.1:53',
      'udp 10.9.3.1:1000 -> 192.168.1.1:53, foreign',
      '47 10.9.1.7 -> 192.168.2.1',
    ]);
    assert.deepEqual(probes.gaps, []);
  });

  it('are none of an entry for what comes in', () => {
    const probes = probesOf('{ conn: a, dst: 192.168.0.0/24, in: eth1 }');
    assert.deepEqual(probes, { probes: [], gaps: [] });
  });

  it('are none where earlier entries or the nature of its packets leave none', () => {
    const { probes, gaps } = probesOf(
      '{ conn: a, dst: 192.168.0.0/24, saref: 3, down: skip }',
      '{ conn: b, dst: 192.168.0.0/24 }',
      '{ conn: b, dst: 224.0.0.0/8 }',
    );
    assert.equal(probes.length, 1);
    assert.deepEqual(
      gaps.map(({ hook, reason, isTaken }) => [hook, reason, isTaken]),
      [
        ['OUTPUT', 'earlier entries decide all such packets', true],
        ['OUTPUT', 'no packet of it goes from this host to another one', false],
      ],
    );
  });

  it('are sent by whom the entry asks for, with ends that no other of its kind has', () => {
    const { probes, gaps } = probesOf(
      '{ conn: a, dst: 192.168.0.0/24, user: 34 }',
      '{ conn: b, dst: 192.168.0.0/24, user: 0 }',
      '{ conn: b, dst: 192.168.0.0/24, dscp: ef }',
      '{ conn: b, dst: 192.168.0.0/24, cgroup: a }',
      '{ conn: a, dst: 192.168.0.0/24 }',
    );
    assert.deepEqual(
      probes.map(({ packet: { uid, gid, dscp } }) => [uid, gid, dscp]),
      [
        [34, 0, undefined],
        [0, 0, undefined],
        [65_534, 65_534, 46],
        [65_534, 65_534, undefined],
      ],
    );
    assert.equal(new Set(textsOf({ probes, gaps })).size, 4);
    assert.deepEqual(
      gaps.map(({ reason }) => reason),
      ['only a program in its cgroup sends such packets'],
    );
  });
  it('to aliases leave for addresses that are of others, each as a flow of its own', () => {
    const { probes, gaps } = probesOf(
      '{ conn: a, dst: 192.168.0.0/30, alias: 10.101.0.0/30 }',
      '{ conn: b, dst: 192.168.0.0/30, alias: 10.102.0.0/30, proto: udp }',
      '{ conn: b, dst: 192.168.0.0/30, proto: udp }',
    );
    const leaving = probes.map((probe) => packetText(probe.leaving));
    assert.deepEqual([gaps, leaving.length, new Set(leaving).size], [[], 3, 3]);
    assert.ok(
      leaving.every((text) => / -> 192\.168\.0\.[023]:/.test(text)),
      leaving.join(),
    );
  });

  it('to an alias are none where the real host is this one', () => {
    const { probes, gaps } = probesOf('{ conn: a, dst: 192.168.0.1, alias: 10.101.0.1 }');
    assert.deepEqual([probes, gaps.length], [[], 1]);
  });
});
