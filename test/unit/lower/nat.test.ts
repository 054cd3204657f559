import assert from 'node:assert/strict';
import { liftAliases, lowerNat } from '../../../src/lower/nat.ts';
import { cidr } from '../../support/addresses.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';
import { printTable } from '../../../src/iptables/table.ts';

function natOf(sarefs: string, ...entries: string[]): string[] {
  const { plan } = compiledOf(`version: 1\nsarefs: ${sarefs}\nentries: [${entries.join(', ')}]\n`);
  return printTable(lowerNat(plan))
    .split('\n')
    .filter((line) => line.startsWith('-A'));
}

const JUMPS = ['-A PREROUTING -j SAREF-ALIAS', '-A OUTPUT -j SAREF-ALIAS'];

const ALIASED = '{ conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }';

describe('lowerNat', () => {
  it('maps marked packets to an alias, address for address', () => {
    assert.deepEqual(natOf('{ a: 1 }', ALIASED), [
      ...JUMPS,
      '-A SAREF-ALIAS -d 10.101.0.0/24 ! -i mast0 -m mark --mark 0x80000000/0x80000000 -m comment --comment a -j NETMAP --to 192.168.0.0/24',
    ]);
  });

  it('has the table for inbound conns alone, and not without these and without an alias', () => {
    const entry = '{ conn: a, dst: 192.168.0.0/24 }';
    assert.deepEqual(natOf('{ a: { refhim: 1, ref: 2 } }', entry), JUMPS);
    assert.deepEqual(natOf('{ a: 1 }', entry), []);
  });

  it('has its sign in mangle, where the table is not asked for else', () => {
    const signIn = (entry: string): unknown =>
      compiledOf(`version: 1\nsarefs: { a: 1 }\nentries: [${entry}]\n`).host.tables.mangle.chains.get(
        'SAREF-ALIAS',
      );
    assert.deepEqual(signIn(ALIASED), { policy: '-', rules: [] });
    assert.equal(signIn('{ conn: a, dst: 192.168.0.0/24 }'), undefined);
  });
});

describe('liftAliases', () => {
  it('reads what rules map, and passes over what they do not say', () => {
    const nat = `*nat
-A SAREF-ALIAS -d 10.101.0.0/24 -j NETMAP --to 192.168.0.0/24
-A SAREF-ALIAS -d 10.102.0.0/24 -j RETURN
-A SAREF-ALIAS -j NETMAP --to 192.168.0.0/24
-A SAREF-ALIAS -d 10.103.0.0/24 -j NETMAP
-A SAREF-ALIAS --nonsense
-A OUTPUT -d 10.104.0.0/24 -j NETMAP --to 192.168.0.0/24
COMMIT
`;
    const { tables } = hostOf({ mangle: '', nat });
    assert.deepEqual(liftAliases(tables.nat), [
      { alias: cidr('10.101.0.0/24'), real: cidr('192.168.0.0/24') },
    ]);
    assert.deepEqual(liftAliases(tables.raw), []);
  });
});
