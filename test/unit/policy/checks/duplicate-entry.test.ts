import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkDuplicateEntry } from '../../../../src/policy/checks/duplicate-entry.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function check(...entries: readonly string[]): Diagnostic[] {
  const lines = entries.map((entry) => `  - { ${entry} }\n`).join('');
  return checkDuplicateEntry(policyOf(`version: 1\nsarefs: {}\nentries:\n${lines}`));
}

/** Second and first of each pair, by number of entry. */
function pairs(...entries: readonly string[]): string[] {
  return check(...entries).map(({ labels }) =>
    labels.map(({ span }) => span.source.text.slice(0, span.start).split('\n').length - 3).join(' like '),
  );
}

const NET = 'dst: 192.168.0.0/24';

describe('checkDuplicateEntry', () => {
  it('refuses an entry that an earlier one leaves no packets', () => {
    const diagnostics = check(`conn: a, ${NET}`, `conn: b, ${NET}`);
    assert.deepEqual(diagnostics.map(wordsOf), [
      'SM1302 b: matches the same packets / a: as this entry, which comes first and decides',
    ]);
  });

  /** The ways that the help names, without what they mean. */
  function ways(...entries: string[]): string[] {
    const lines = String(check(...entries).at(-1)?.help).split('\n');
    return lines.slice(1).map((line) => line.replace(/ +#.*$/, ''));
  }

  it('names each thing that can tell the two apart, as a line to be pasted', () => {
    assert.deepEqual(ways('conn: a, dst: 192.168.0.0/24', 'conn: b, dst: 192.168.0.0/24'), [
      ...['user: backup', 'group: backup', 'cgroup: system.slice/backup.service', 'src: 10.9.1.7'],
      ...['proto: udp', 'sport: 40000-40999', 'dscp: af31', 'in: eth1', 'alias: 10.101.0.0/24'],
      ...['socket: saref', 'down: skip', 'ref: 21', 'saref-mark exec --conn b -- nc 192.168.0.10 80'],
    ]);
  });

  for (const way of [
    'user: 7',
    'group: 7',
    'cgroup: a',
    'src: 10.9.1.7',
    'proto: udp, sport: 40000-40999',
    'dscp: af31',
    'in: eth1',
    'alias: 10.101.0.0/24',
    'socket: saref',
  ]) {
    it(`is content with { ${way} } in the first of them`, () => {
      assert.deepEqual(pairs(`conn: a, dst: 192.168.0.0/24, ${way}`, 'conn: b, dst: 192.168.0.0/24'), []);
    });
  }

  it('names no ports where the protocol has none, and an alias that is free', () => {
    const esp = ways('conn: a, dst: 192.168.0.0/24, proto: esp', 'conn: b, dst: 192.168.0.0/24, proto: esp');
    assert.ok(!esp.some((line) => /sport|proto/.test(line)), esp.join());
    const tcp = ways(
      'conn: c, dst: [10.101.0.0/16, 10.102.0.0/24]',
      'conn: a, dst: 192.168.0.0/24, proto: tcp',
      'conn: b, dst: 192.168.0.0/24, proto: tcp',
    );
    assert.ok(tcp.includes('alias: 10.103.0.0/24') && !tcp.includes('proto: udp'), tcp.join());
  });

  it('names no alias for several networks, for a large one, or for none', () => {
    for (const dst of ['dst: [192.168.0.0/24, 192.168.1.0/24]', 'dst: 10.0.0.0/8', 'src: 10.9.1.0/24']) {
      const names = ways(`conn: a, ${dst}`, `conn: b, ${dst}`);
      assert.ok(!names.some((line) => line.startsWith('alias')), names.join());
    }
  });

  it('says of L2TP what NAT does to it', () => {
    const [found] = check('conn: a, proto: udp, sport: 1701', 'conn: b, proto: udp, sport: 1701');
    assert.match(String(found?.detail), /two L2TP clients behind one NAT/);
    const [other] = check('conn: a, proto: tcp, dport: 1701', 'conn: b, proto: tcp, dport: 1701');
    assert.equal(other?.detail, undefined);
  });

  it('says to delete one where both are of one conn', () => {
    assert.equal(check(`conn: a, ${NET}`, `conn: a, ${NET}`)[0]?.help, 'delete one of the two');
  });

  it('compares networks and not their texts', () => {
    assert.deepEqual(pairs(`conn: a, ${NET}`, `conn: b, src: 0.0.0.0/0, ${NET}`), ['2 like 1']);
    assert.deepEqual(pairs('conn: a, src: 10.9.1.1', 'conn: b, src: 10.9.1.1/32'), ['2 like 1']);
  });

  it('tells source from destination', () => {
    assert.deepEqual(pairs('conn: a, src: 10.9.1.1', 'conn: b, dst: 10.9.1.1'), []);
  });

  it('does not mind networks that only overlap', () => {
    assert.deepEqual(pairs('conn: a, dst: 192.168.0.0/24', 'conn: b, dst: 192.168.0.0/25'), []);
  });

  it('names the first one to every later one', () => {
    assert.deepEqual(pairs(`conn: a, ${NET}`, `conn: b, ${NET}`, `conn: c, ${NET}`), [
      '2 like 1',
      '3 like 1',
    ]);
  });

  it('takes an entry that steps aside for the first of a failover pair', () => {
    assert.deepEqual(pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}`), []);
    assert.deepEqual(
      pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}, down: skip`, `conn: c, ${NET}`),
      [],
    );
  });

  it('does not mind that the same conn blocks what its entry has stepped aside from', () => {
    assert.deepEqual(
      pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}, down: skip`, `conn: a, ${NET}, down: block`),
      [],
    );
  });

  it('refuses a second entry that steps aside for the same conn', () => {
    assert.deepEqual(
      pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}, down: skip`, `conn: a, ${NET}, down: skip`),
      ['3 like 1'],
    );
  });

  it('refuses whatever stands behind an entry that blocks', () => {
    assert.deepEqual(
      pairs(
        `conn: a, ${NET}, down: skip`,
        `conn: b, ${NET}`,
        `conn: a, ${NET}, down: skip`,
        `conn: c, ${NET}`,
      ),
      ['3 like 2', '4 like 2'],
    );
  });

  it('leaves networks that cannot be read to another check', () => {
    assert.deepEqual(pairs('conn: a, dst: nonsense', 'conn: b, dst: nonsense'), []);
    assert.deepEqual(pairs('conn: a, dst: 10.9.1.1/24', 'conn: b, dst: 10.9.1.1/24'), []);
  });
});
