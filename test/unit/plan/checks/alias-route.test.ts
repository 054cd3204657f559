import assert from 'node:assert/strict';
import { checkAliasRoutes } from '../../../../src/plan/checks/alias-route.ts';
import { parseWays } from '../../../../src/verify/ways.ts';
import { compiledOf } from '../../../support/compiled.ts';

const POLICY = `version: 1
sarefs: { a: 18 }
entries:
  - { conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
  - { conn: a, dst: 192.168.1.0/24 }
`;

function said(routes: string): string[] {
  return checkAliasRoutes(compiledOf(POLICY).plan, parseWays(routes)).map(
    ({ code, labels: [label] }) => `${code} ${label?.text.replace(/^.*the route /, '') ?? ''}`,
  );
}

describe('checkAliasRoutes', () => {
  it('refuses an alias that is, or holds, a network or an address to which there is a route', () => {
    for (const route of [
      '10.101.0.0/24 via 10.9.3.1 dev lan',
      '10.101.0.128/25 dev lan scope link',
      '10.101.0.7 via 10.9.3.1 dev lan table 7',
      'local 10.101.0.1 dev lan table 255 proto kernel scope host src 10.101.0.1',
      // iproute2 6.1: the type is a number, too
      '2 10.101.0.1 dev lan table 255 proto 2 scope 254 src 10.101.0.1',
    ])
      assert.deepEqual(said(`default via 10.9.3.1 dev lan\n10.0.0.0/8 dev lan\n${route}\n`), [
        `SM1515 ${route}`,
      ]);
  });

  it('warns of one in a wider network to which there is a route', () => {
    const text = '10.101.0.0/16 proto static \n\tnexthop via 10.9.3.1 dev lan weight 1\n';
    assert.deepEqual(said(text), ['SM1516 10.101.0.0/16 proto static']);
  });

  it('says nothing of routes by mast, of those that lead nowhere, and of the rest of the world', () => {
    const routes = `default via 10.9.3.1 dev wan
0.0.0.0/1 dev mast0
10.101.0.0/24 dev mast0 scope link src 10.9.1.1
10.101.0.0/24 dev wan table 50
unreachable 10.101.0.0/24 metric 4294967295
broadcast 10.101.0.255 dev lan table 255
3 10.101.0.255 dev lan table 255 proto 2 scope 253
7 10.101.0.0/24 metric 4294967295
10.102.0.0/24 dev lan
`;
    assert.deepEqual(said(routes), []);
  });
});
