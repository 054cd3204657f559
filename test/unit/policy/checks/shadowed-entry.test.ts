import assert from 'node:assert/strict';
import { checkShadowedEntry } from '../../../../src/policy/checks/shadowed-entry.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function shadowed(...entries: readonly string[]): string[] {
  const policy = policyOf(`version: 1\nentries: [${entries.map((entry) => `{ ${entry} }`).join(', ')}]\n`);
  return checkShadowedEntry(policy).map(wordsOf);
}

const NONE_LEFT = 'there is no packet left for this entry';
const TAKES_ALL = 'this entry comes first and takes all of them';
const TAKES_PART = 'this entry takes a part';

describe('checkShadowedEntry', () => {
  it('finds an entry that lies in an earlier one', () => {
    assert.deepEqual(shadowed('conn: wide, dst: 10.0.0.0/8', 'conn: in, dst: 10.1.0.0/16, proto: tcp'), [
      `SM1305 in: ${NONE_LEFT} / wide: ${TAKES_ALL}`,
    ]);
  });

  it('lets an entry be of which both ends are taken, and something between them is not', () => {
    const ends = ['conn: low, dst: 10.0.0.0/9', 'conn: high, dst: 10.192.0.0/10'];
    assert.deepEqual(shadowed(...ends, 'conn: whole, dst: 10.0.0.0/8'), []);
    // nor does one behind it take anything away, nor one that steps aside
    const others = ['conn: aside, dst: 10.128.0.0/10, down: skip', 'conn: whole, dst: 10.0.0.0/8'];
    assert.deepEqual(shadowed(...ends, ...others, 'conn: late, dst: 10.128.0.0/10, proto: tcp'), [
      `SM1305 late: ${NONE_LEFT} / whole: ${TAKES_ALL}`,
    ]);
  });

  it('looks at two hundred earlier entries, and not at more', () => {
    const parts = (count: number): string[] =>
      Array.from({ length: count }, (_, at) => `conn: c${String(at)}, dst: 10.0.${String(at)}.0/24`);
    const [found] = shadowed(...parts(128), 'conn: whole, dst: 10.0.0.0/17');
    assert.match(found ?? '', /^SM1305 whole/);
    assert.deepEqual(shadowed(...parts(256), 'conn: whole, dst: 10.0.0.0/16'), []);
  });

  it('finds an entry that several earlier ones take together, and names those that it takes', () => {
    const halves = [
      'conn: low, dst: 10.9.1.0/25',
      'conn: aside, dst: 10.9.1.128/26',
      'conn: up, dst: 10.9.1.128/25',
    ];
    assert.deepEqual(shadowed(...halves, 'conn: whole, dst: 10.9.1.0/24'), [
      `SM1305 whole: ${NONE_LEFT} / low: ${TAKES_PART} / up: ${TAKES_PART}`,
    ]);
  });

  it('adds up ports, protocols and interfaces', () => {
    const ports = ['conn: a, proto: udp, dport: 0-999', 'conn: b, proto: udp, dport: 1000-65535'];
    assert.equal(shadowed(...ports, 'conn: c, proto: udp, dst: 10.9.1.1').length, 1);
    assert.equal(shadowed(...ports, 'conn: c, dst: 10.9.1.1').length, 0);
    assert.equal(shadowed('conn: a, in: eth1', 'conn: b, dst: 10.9.1.1').length, 0);
    assert.equal(shadowed('conn: a, dst: 10.9.1.1', 'conn: b, dst: 10.9.1.1, in: eth1').length, 1);
  });

  it('knows that an entry that is skipped while its conn is down takes nothing for good', () => {
    assert.deepEqual(shadowed('conn: a, dst: 10.0.0.0/8, down: skip', 'conn: b, dst: 10.1.0.0/16'), []);
  });

  it('finds an entry that is itself to be skipped', () => {
    assert.equal(shadowed('conn: a, dst: 10.0.0.0/8', 'conn: b, dst: 10.1.0.0/16, down: skip').length, 1);
  });

  it('leaves duplicates, and what cannot be read, to the checks of those', () => {
    assert.deepEqual(shadowed('conn: a, dst: 10.9.1.1', 'conn: b, dst: 10.9.1.1'), []);
    assert.deepEqual(shadowed('conn: a, dst: 10.9.1.1', 'conn: b, dst: nowhere'), []);
    assert.deepEqual(shadowed('conn: a, dst: nowhere', 'conn: b, dst: 10.9.1.1'), []);
  });

  it('names four of many', () => {
    const eight = Array.from(
      { length: 8 },
      (_, part) => `conn: c${String(part)}, dst: 10.9.1.${String(part * 32)}/27`,
    );
    const policy = policyOf(
      `version: 1\nentries: [${[...eight, 'conn: all, dst: 10.9.1.0/24'].map((entry) => `{ ${entry} }`).join(', ')}]\n`,
    );
    const [diagnostic] = checkShadowedEntry(policy);
    assert.equal(diagnostic?.labels.length, 5);
    assert.equal(diagnostic.detail, 'So do 4 more.');
  });
});
