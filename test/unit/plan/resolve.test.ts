import assert from 'node:assert/strict';
import { resolvePlan } from '../../../src/plan/resolve.ts';
import { policyOf, tableOf } from '../../support/parsed.ts';

const POLICY = policyOf(`version: 1
mast: { interface: mast7, table: 70, ike-ports: [4501] }
sarefs:
  up: 18
  both: { refhim: 32767, ref: 21 }
  dead: down
entries:
  - { conn: up, src: 10.9.1.7, dst: 192.168.0.0/24 }
  - { conn: dead, dst: 0.0.0.0/0 }
  - { conn: dead, src: 10.9.2.0/24, down: skip }
`);

const NO_PARTS = {
  src: undefined,
  dst: undefined,
  protocol: undefined,
  sport: undefined,
  dport: undefined,
  inInterface: undefined,
};

describe('resolvePlan', () => {
  const plan = resolvePlan(POLICY, tableOf(POLICY));

  it('hands on the device, its table and the ports', () => {
    assert.deepEqual([plan.interface, plan.table, plan.ikePorts], ['mast7', 70, [4501]]);
  });

  it('turns networks and conns into numbers', () => {
    assert.deepEqual(
      plan.entries.map(({ selector, decision }) => ({ selector, decision })),
      [
        {
          selector: {
            ...NO_PARTS,
            src: [{ address: 0x0a090107, prefix: 32 }],
            dst: [{ address: 0xc0a80000, prefix: 24 }],
          },
          decision: { kind: 'mark', mark: { value: 0x80120000, mask: 0xffff0000 } },
        },
        {
          selector: { ...NO_PARTS, dst: [{ address: 0, prefix: 0 }] },
          decision: { kind: 'block', mark: { value: 0x80000000, mask: 0xffff0000 } },
        },
        {
          selector: { ...NO_PARTS, src: [{ address: 0x0a090200, prefix: 24 }] },
          decision: { kind: 'skip' },
        },
      ],
    );
  });

  it('keeps the name of the conn and the place of it', () => {
    const texts = plan.entries.map(({ conn, origin: { source, start, end } }) => [
      conn,
      source.text.slice(start, end),
    ]);
    assert.deepEqual(texts, [
      ['up', 'up'],
      ['dead', 'dead'],
      ['dead', 'dead'],
    ]);
  });

  it('takes a conn that the table lacks for one that is down', () => {
    const [first] = resolvePlan(POLICY, { kind: 'pluto', lines: [] }).entries;
    assert.equal(first?.decision.kind, 'block');
  });

  it('takes a network that the checks would refuse for a bug', () => {
    const unchecked = policyOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.9.1.1/24 }]\n');
    assert.throws(() => resolvePlan(unchecked, tableOf(unchecked)), /an entry that its checks let through/);
  });

  it('takes a SAref that the checks would refuse for a bug', () => {
    const unchecked = policyOf(
      'version: 1\nsarefs: { a: { refhim: 1, ref: 32768 } }\nentries: [{ conn: a, dst: 10.9.1.1 }]\n',
    );
    assert.throws(() => resolvePlan(unchecked, tableOf(unchecked)), /a SAref that its check lets through/);
  });
});
