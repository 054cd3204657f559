import assert from 'node:assert/strict';
import { cidrText } from '../../../src/domain/cidr.ts';
import { aliasesOf } from '../../../src/plan/aliases.ts';
import { compiledOf } from '../../support/compiled.ts';
import { textOf } from '../../support/parsed.ts';

describe('aliasesOf', () => {
  it('gives each alias once, with its first entry, also of a conn that is down and skipped', () => {
    const { plan } = compiledOf(`version: 1
sarefs: { a: 1, b: down }
entries:
  - { conn: b, dst: 192.168.0.0/24, alias: 10.102.0.0/24, proto: tcp, down: skip }
  - { conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
  - { conn: b, dst: 192.168.0.0/24, alias: 10.102.0.0/24, proto: udp }
  - { conn: a, dst: 172.20.0.0/16 }
  - { conn: a, proto: tcp, dport: 7, src: 10.9.1.0/24, in: eth1 }
`);
    const found = aliasesOf(plan).map(({ conn, alias, real, origin }) => [
      ...[conn, cidrText(alias), cidrText(real)],
      ...[textOf(origin), origin === plan.entries.find((entry) => entry.conn === conn)?.origin],
    ]);
    assert.deepEqual(found, [
      ['b', '10.102.0.0/24', '192.168.0.0/24', 'b', true],
      ['a', '10.101.0.0/24', '192.168.0.0/24', 'a', true],
    ]);
  });
});
