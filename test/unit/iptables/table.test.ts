import assert from 'node:assert/strict';
import { RETURN, rule } from '../../../src/iptables/build.ts';
import { parseSave } from '../../../src/iptables/parse-save.ts';
import type { TableStatus } from '../../../src/iptables/table.ts';
import { statusOf, tableOf, tableRule } from '../../../src/iptables/table.ts';

const WHOLE = '*mangle\n:INPUT ACCEPT [0:0]\n:X - [0:0]\n-A INPUT -j X\n-A X -j RETURN\nCOMMIT\n';

describe('statusOf', () => {
  const cases: readonly (readonly [string, string, TableStatus])[] = [
    ['all of it', WHOLE, 'complete'],
    ['all of it, between other tables', `*nat\nCOMMIT\n${WHOLE}*raw\nCOMMIT\n`, 'complete'],
    ['nothing in it', '*mangle\nCOMMIT\n', 'complete'],
    ['nothing', '', 'absent'],
    ['another table', '*nat\nCOMMIT\n', 'absent'],
    ['another table whose name begins so', '*mangle2\nCOMMIT\n', 'absent'],
    ['rules in front of any table', '-A INPUT\nCOMMIT\n', 'absent'],
    ['no COMMIT', WHOLE.replace('COMMIT\n', ''), 'tainted'],
    ['the COMMIT of the next table', `${WHOLE.replace('COMMIT\n', '')}*nat\nCOMMIT\n`, 'tainted'],
    ['itself twice', WHOLE + WHOLE, 'tainted'],
    ['a line that cannot be read', WHOLE.replace('-A X', 'nonsense'), 'tainted'],
    ['such a line in another table', `*nat\nnonsense\nCOMMIT\n${WHOLE}nonsense\n`, 'complete'],
    [
      'the remark that it is incompatible',
      "# Table `mangle' is incompatible, use 'nft' tool.\n",
      'incompatible',
    ],
    [
      'that remark and all of it',
      `# Table \`mangle' is incompatible, use 'nft' tool.\n${WHOLE}`,
      'incompatible',
    ],
    [
      'that remark about another',
      `# Table \`mangle2' is incompatible, use 'nft' tool.\n${WHOLE}`,
      'complete',
    ],
    [
      'chains of somebody else',
      `# Table \`mangle' contains incompatible base-chains, use 'nft'\n${WHOLE}`,
      'tainted',
    ],
  ];
  for (const [title, text, status] of cases) {
    it(`is ${status} for a dump with ${title}`, () => {
      assert.equal(statusOf(parseSave(text).save, 'mangle'), status);
    });
  }
});

describe('tableOf', () => {
  it('has the rules of each chain in their order', () => {
    const { name, chains } = tableOf(parseSave(WHOLE).save, 'mangle');
    assert.equal(name, 'mangle');
    assert.deepEqual(
      [...chains].map(([chain, { policy, rules }]) => [chain, policy, rules.map(({ text }) => text)]),
      [
        ['INPUT', 'ACCEPT', ['-j X']],
        ['X', '-', ['-j RETURN']],
      ],
    );
  });

  it('has no chain where the dump has no such table', () => {
    assert.equal(tableOf(parseSave(WHOLE).save, 'nat').chains.size, 0);
  });

  it('has what there is of a table that ends early or comes twice', () => {
    const text =
      '*mangle\n-A X -j A\n*nat\n-A X -j B\nCOMMIT\n*mangle\n:X - [0:0]\n-A X -j C\nCOMMIT\n-A X -j D\n';
    const chain = tableOf(parseSave(text).save, 'mangle').chains.get('X');
    assert.deepEqual(
      chain?.rules.map((found) => found.text),
      ['-j A', '-j C'],
    );
  });
});

describe('tableRule', () => {
  it('has the text of a rule, and who caused it', () => {
    const returning = rule([], RETURN);
    assert.deepEqual(tableRule(returning), { rule: returning, text: '-j RETURN', origin: undefined });
    const origin = { source: { name: 'site.yaml', text: '' }, start: 0, end: 0 };
    assert.equal(tableRule(returning, origin).origin, origin);
  });
});
