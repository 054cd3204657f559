import assert from 'node:assert/strict';
import { RETURN, rule } from '../../../src/iptables/build.ts';
import { parseSave, statusOf, tableOf } from '../../../src/iptables/index.ts';
import type { Save } from '../../../src/iptables/index.ts';
import { tableRule } from '../../../src/iptables/table.ts';

const MANGLE = '*mangle\n:OUTPUT ACCEPT [0:0]\n:IPSEC - [0:0]\n-A OUTPUT -j IPSEC\nCOMMIT\n';
const NAT = '*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j ACCEPT\nCOMMIT\n';

function save(text: string): Save {
  return parseSave({ name: 'dump', text }).save;
}

describe('statusOf', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['complete', 'a table from its name to its COMMIT', MANGLE],
    ['complete', 'a table that stands between others', `${NAT}# Generated\n${MANGLE}# Completed\n*raw\n`],
    ['complete', 'a table without rules', '*mangle\nCOMMIT\n'],
    ['complete', 'a table whose neighbour lacks its COMMIT', `*nat\n-A OUTPUT -j ACCEPT\n${MANGLE}`],
    ['complete', 'a table beside lines that cannot be read', `what\n${MANGLE}what\n`],
    [
      'complete',
      'a table whose neighbour is incompatible',
      `# Table \`nat' is incompatible, use 'nft' tool.\n${MANGLE}`,
    ],
    ['absent', 'an empty dump', ''],
    ['absent', 'a dump of another table', NAT],
    ['absent', 'a dump of a table whose name starts alike', MANGLE.replace('*mangle', '*mangle2')],
    ['absent', 'rules outside of any table', '-A OUTPUT -j IPSEC\nCOMMIT\n'],
    ['tainted', 'a table without COMMIT', MANGLE.replace('COMMIT\n', '')],
    ['tainted', 'a table that another one cuts off', `${MANGLE.replace('COMMIT\n', '')}${NAT}`],
    ['tainted', 'a table that stands there twice', `${MANGLE}${MANGLE}`],
    ['tainted', 'a table with a line that cannot be read', MANGLE.replace('COMMIT', 'what\nCOMMIT')],
    [
      'tainted',
      'a table with chains that iptables cannot print',
      `# Table \`mangle' contains incompatible base-chains, use 'nft' tool to list them.\n${MANGLE}`,
    ],
    [
      'incompatible',
      'a table that iptables cannot print',
      "# Table `mangle' is incompatible, use 'nft' tool.\n",
    ],
    [
      'incompatible',
      'a table that iptables printed in part, and says so',
      `${MANGLE}# Table \`mangle' is incompatible, use 'nft' tool.\n`,
    ],
    [
      'complete',
      'a rule that talks about incompatible tables',
      MANGLE.replace('-j', '-m comment --comment "# Table `mangle\\\' is incompatible" -j'),
    ],
  ];
  for (const [status, title, text] of cases) {
    it(`is ${status} for ${title}`, () => {
      assert.equal(statusOf(save(text), 'mangle'), status);
    });
  }
});

describe('tableOf', () => {
  /** Policy and texts of the rules, by chain. */
  function chainsOf(text: string): Record<string, readonly string[]> {
    const { name, chains } = tableOf(save(text), 'mangle');
    assert.equal(name, 'mangle');
    return Object.fromEntries(
      [...chains].map(([chain, { policy, rules }]) => [chain, [policy, ...rules.map((one) => one.text)]]),
    );
  }

  it('has the chains of the table, with their policies and rules in order', () => {
    const text = `${NAT}*mangle
:OUTPUT DROP [0:0]
:IPSEC - [0:0]
:EMPTY - [0:0]
-A IPSEC -j RETURN
-A OUTPUT -p udp -j ACCEPT
-A IPSEC -m comment --comment "last"${' '}
COMMIT
`;
    assert.deepEqual(chainsOf(text), {
      OUTPUT: ['DROP', '-p udp -j ACCEPT'],
      IPSEC: ['-', '-j RETURN', '-m comment --comment "last"'],
      EMPTY: ['-'],
    });
  });

  it('has what each rule says, and nobody who caused it', () => {
    const table = tableOf(save('*mangle\n-A OUTPUT -j RETURN\nCOMMIT\n'), 'mangle');
    assert.deepEqual(table.chains.get('OUTPUT')?.rules, [
      { rule: rule([], RETURN), text: '-j RETURN', origin: undefined },
    ]);
  });

  it('has a chain that a rule names and no line declares', () => {
    assert.deepEqual(chainsOf('*mangle\n-A IPSEC -j RETURN\nCOMMIT\n'), { IPSEC: ['-', '-j RETURN'] });
  });

  it('has the parts of a table that a dump has', () => {
    assert.deepEqual(chainsOf(`${MANGLE}${NAT}${MANGLE.replace('COMMIT', 'what')}`), {
      OUTPUT: ['ACCEPT', '-j IPSEC', '-j IPSEC'],
      IPSEC: ['-'],
    });
  });

  it('is empty where the dump has no such table', () => {
    assert.deepEqual(chainsOf(NAT), {});
  });

  it('does not lose a chain with a name of JavaScript', () => {
    assert.deepEqual(chainsOf('*mangle\n:constructor - [0:0]\nCOMMIT\n'), { constructor: ['-'] });
  });
});

describe('tableRule', () => {
  it('is a rule with its text, and who caused it where that is known', () => {
    const origin = { source: { name: 'site.yaml', text: 'entries:' }, start: 0, end: 7 };
    const returning = rule([], RETURN);
    assert.deepEqual(tableRule(returning, origin), { rule: returning, text: '-j RETURN', origin });
    assert.deepEqual(tableRule(returning), { rule: returning, text: '-j RETURN', origin: undefined });
  });
});
