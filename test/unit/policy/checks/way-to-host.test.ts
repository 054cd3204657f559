import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkWayToHost } from '../../../../src/policy/checks/way-to-host.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function told(entry: string): Diagnostic[] {
  return checkWayToHost(policyOf(`version: 1\nentries: [{ conn: a, ${entry} }]\n`));
}

describe('checkWayToHost', () => {
  const caught = [
    'dst: 0.0.0.0/0',
    'dst: [0.0.0.0/1, 128.0.0.0/1]',
    'src: 10.9.1.0/24',
    'src: 10.9.1.0/24, dst: 0.0.0.0/0',
    'src: 10.9.1.0/24, dst: 10.9.0.0/16',
    'src: [10.9.0.0/16, 10.8.0.0/16], dst: 10.9.1.0/24',
    'proto: tcp',
    'proto: tcp, sport: 20-22, dst: 0.0.0.0/0',
  ];
  for (const entry of caught) {
    it(`tells of ${entry}`, () => {
      const [diagnostic] = told(entry);
      assert.ok(diagnostic);
      assert.equal(wordsOf(diagnostic), 'SM1503 a: takes what this host answers to its neighbours');
      assert.match(String(diagnostic.detail), /ssh login: tcp \S+:22 -> /);
    });
  }

  const harmless = [
    'dst: 192.168.0.0/24',
    'src: 10.9.1.0/24, dst: 192.168.0.0/24',
    'dst: 0.0.0.0/0, in: eth1',
    'proto: udp',
    'proto: tcp, dport: 443, sport: 1024-65535',
    'dst: 0.0.0.0/1',
    'src: 0.0.0.0/0, dst: 192.168.0.0/24',
  ];
  for (const entry of harmless) {
    it(`is silent about ${entry}`, () => {
      assert.deepEqual(told(entry), []);
    });
  }
});
