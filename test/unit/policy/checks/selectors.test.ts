import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkBadPort } from '../../../../src/policy/checks/bad-port.ts';
import { checkBadProtocol } from '../../../../src/policy/checks/bad-protocol.ts';
import { checkNoSelector } from '../../../../src/policy/checks/no-selector.ts';
import { checkPortsWithoutProtocol } from '../../../../src/policy/checks/ports-without-protocol.ts';
import { checkUnknownNetwork } from '../../../../src/policy/checks/unknown-network.ts';
import type { Policy } from '../../../../src/policy/policy.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

type Check = (policy: Policy) => Diagnostic[];

function told(check: Check, entry: string, rest = ''): string[] {
  return check(policyOf(`version: 1\n${rest}entries: [{ conn: a, ${entry} }]\n`)).map(wordsOf);
}

describe('checkNoSelector', () => {
  it('wants to know which packets', () => {
    assert.deepEqual(told(checkNoSelector, 'down: skip'), ['SM1304 a: which packets?']);
  });

  it('is content with any of src, dst, proto and in, and with the defaults', () => {
    for (const entry of ['src: 10.9.1.1', 'dst: 10.9.1.1', 'proto: tcp', 'in: eth1'])
      assert.deepEqual(told(checkNoSelector, entry), []);
    assert.deepEqual(told(checkNoSelector, 'down: skip', 'defaults: { src: 10.9.1.1 }\n'), []);
  });
});

describe('checkUnknownNetwork', () => {
  const NETWORKS = 'networks: { branch: 10.9.1.0/24 }\n';

  it('knows the names of the policy', () => {
    assert.deepEqual(told(checkUnknownNetwork, 'src: branch, dst: [branch, 10.9.1.1]', NETWORKS), []);
  });

  it('finds a name that no network has, once for defaults that many take over', () => {
    assert.deepEqual(told(checkUnknownNetwork, 'dst: warehouse'), ['SM1403 warehouse: is not in networks']);
    assert.deepEqual(told(checkUnknownNetwork, 'dst: 10.9.1.1', 'defaults: { src: brunch }\n'), [
      'SM1403 brunch: is not in networks',
    ]);
  });

  it('suggests the name that is near, or how to give one', () => {
    const help = (dst: string): string | undefined =>
      checkUnknownNetwork(policyOf(`version: 1\n${NETWORKS}entries: [{ conn: a, dst: ${dst} }]\n`))[0]?.help;
    assert.equal(help('brunch'), 'did you mean branch?');
    assert.match(String(help('warehouse')), /\nnetworks: \{ warehouse: 192\.168\.0\.0\/24 \}$/);
  });
});

describe('checkBadPort', () => {
  it('finds what is neither a port nor a range', () => {
    const found = told(checkBadPort, 'proto: tcp, sport: [7, http], dport: 1999-1000');
    assert.deepEqual(found, ['SM1404 http: is no port', 'SM1404 1999-1000: is no port']);
    assert.deepEqual(told(checkBadPort, 'proto: tcp, dport: [0, 65535, 1-2]'), []);
  });
});

describe('checkBadProtocol', () => {
  it('finds what is no protocol, and what means all of them', () => {
    for (const name of ['tpc', 'all', '0', '256']) {
      assert.deepEqual(told(checkBadProtocol, `proto: ${name}`), [`SM1406 ${name}: is no protocol`]);
    }
    for (const name of ['tcp', 'GRE', '1', '255'])
      assert.deepEqual(told(checkBadProtocol, `proto: ${name}`), []);
  });
});

describe('checkPortsWithoutProtocol', () => {
  it('wants to know of which protocol', () => {
    assert.deepEqual(told(checkPortsWithoutProtocol, 'dst: 10.9.1.1, dport: [7, 8]'), [
      'SM1405 7: is a port of which protocol?',
    ]);
  });

  it('names a protocol that has no ports', () => {
    assert.deepEqual(told(checkPortsWithoutProtocol, 'proto: 50, sport: 7'), [
      'SM1405 7: is a port of which protocol? / 50: has no ports',
    ]);
  });

  it('is content with those that have them, and leaves what is none to its own check', () => {
    for (const name of ['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'tpc'])
      assert.deepEqual(told(checkPortsWithoutProtocol, `proto: ${name}, dport: 7`), []);
    assert.deepEqual(told(checkPortsWithoutProtocol, 'proto: esp'), []);
  });
});
