import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkOverlap } from '../../../../src/policy/checks/overlap.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function overlaps(...entries: readonly string[]): Diagnostic[] {
  const text = entries.map((entry) => `{ ${entry} }`).join(', ');
  return checkOverlap(policyOf(`version: 1\nentries: [${text}]\n`));
}

describe('checkOverlap', () => {
  it('shows a packet that both entries match, and who takes it', () => {
    const [diagnostic, ...others] = overlaps(
      'conn: lab, dst: 10.9.1.0/25',
      'conn: branch, dst: 10.9.1.0/24, proto: tcp',
    );
    assert.ok(diagnostic);
    assert.deepEqual(others, []);
    assert.equal(wordsOf(diagnostic), 'SM1501 branch: overlaps / lab: with this entry, which comes first');
    assert.equal(
      diagnostic.detail,
      'For example tcp 10.0.0.1:40000 -> 10.9.1.1:53 in eth0: lab takes it, not branch.',
    );
  });

  it('shows a packet of this host without an interface', () => {
    const here = 'conn: a, proto: udp, sport: 68, src: 10.9.1.1, dst: 10.9.2.1';
    assert.match(
      String(overlaps(here, 'conn: b, dst: 10.9.2.1')[0]?.detail),
      /:68 -> 10.9.2.1:53 in eth0: a takes/,
    );
  });

  it('is silent where the conn is the same, or no packet is shared', () => {
    assert.deepEqual(overlaps('conn: a, dst: 10.9.1.0/25', 'conn: a, dst: 10.9.1.0/24'), []);
    assert.deepEqual(overlaps('conn: a, dst: 10.9.1.0/25', 'conn: b, dst: 10.9.1.128/25'), []);
    assert.deepEqual(
      overlaps('conn: a, dst: 10.9.1.1, proto: tcp', 'conn: b, dst: 10.9.1.1, proto: udp'),
      [],
    );
    assert.deepEqual(overlaps('conn: a, dst: 10.9.1.1, in: eth1', 'conn: b, dst: 10.9.1.1, in: eth2'), []);
  });

  it('is silent about a failover pair, and not about one that takes over a part', () => {
    assert.deepEqual(overlaps('conn: a, dst: 10.9.1.0/24, down: skip', 'conn: b, dst: 10.9.0.0/16'), []);
    assert.equal(overlaps('conn: a, dst: 10.9.1.0/24, down: skip', 'conn: b, dst: 10.9.1.0/25').length, 1);
  });

  it('is silent about an entry that can never match, and about packets that a third one takes', () => {
    assert.deepEqual(overlaps('conn: a, dst: 10.9.0.0/16', 'conn: b, dst: 10.9.1.0/24'), []);
    const [diagnostic] = overlaps(
      'conn: a, dst: 10.9.1.0/24',
      'conn: b, dst: 10.9.1.0/25, down: skip',
      'conn: c, dst: 10.9.0.0/16',
    );
    assert.equal(diagnostic?.labels.length, 2);
    assert.match(String(diagnostic.detail), /a takes it, not c\.$/);
  });

  it('tells of one entry once, and names four of many', () => {
    const eight = Array.from(
      { length: 8 },
      (_, part) => `conn: c${String(part)}, dst: 10.9.1.${String(part * 32)}/27`,
    );
    const diagnostics = overlaps(...eight, 'conn: all, dst: 10.9.0.0/16');
    assert.equal(diagnostics.length, 1);
    assert.equal(diagnostics[0]?.labels.length, 5);
    assert.match(String(diagnostics[0].detail), /It overlaps with 4 more\.$/);
  });

  it('says how many more there may be, where it has not looked at all of them', () => {
    const parts = (count: number): string[] =>
      Array.from({ length: count }, (_, part) => `conn: c${String(part)}, dst: 10.9.${String(part)}.0/24`);
    const [some] = overlaps(...parts(20), 'conn: all, dst: 10.0.0.0/8');
    assert.match(String(some?.detail), /It may overlap with 16 more\.$/);
    const [many] = overlaps(...parts(50), 'conn: all, dst: 10.0.0.0/8');
    assert.match(String(many?.detail), /It may overlap with 28 more, or with others\.$/);
  });
});
