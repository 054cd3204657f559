import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chainLines } from '../../../src/delta/own-chain.ts';
import { parseRule } from '../../../src/iptables/parse-rule.ts';
import type { TableRule } from '../../../src/iptables/table.ts';
import { tableRule } from '../../../src/iptables/table.ts';
import { emptyTable, restored } from '../../support/fake-tables.ts';

/** One rule for each letter. */
function rules(letters: string): TableRule[] {
  return Array.from(letters, (letter) => tableRule(parseRule(`-m comment --comment ${letter} -j RETURN`)));
}

/** `-R 2 x`, as short as the letters allow. */
function edits(live: string | undefined, target: string): string[] {
  const lines = chainLines('SAREF-X', live === undefined ? undefined : rules(live), rules(target));
  return lines.map(({ text }) =>
    text.replace(/^(-\w) SAREF-X /, '$1 ').replace(/-m comment --comment (\w) -j RETURN/, '$1'),
  );
}

describe('chainLines', () => {
  const cases: readonly (readonly [string, string | undefined, string, readonly string[]])[] = [
    ['fills a new chain', undefined, 'ab', [':SAREF-X - [0:0]', '-A a', '-A b']],
    ['makes a chain that is to be empty', undefined, '', [':SAREF-X - [0:0]']],
    ['fills a chain that keeps nothing', 'ab', 'cd', [':SAREF-X - [0:0]', '-A c', '-A d']],
    ['empties a chain', 'ab', '', [':SAREF-X - [0:0]']],
    ['has nothing to do with an empty chain', '', '', []],
    ['has nothing to do with the same rules', 'abc', 'abc', []],
    ['replaces a rule in its place', 'abc', 'axc', ['-R 2 x']],
    ['replaces several rules in their places', 'abcd', 'axyd', ['-R 2 x', '-R 3 y']],
    ['takes a rule away', 'abc', 'ac', ['-D 2']],
    ['takes several rules away', 'abcd', 'ad', ['-D 2', '-D 2']],
    ['puts a rule in front of another', 'abc', 'xabc', ['-I 1 x']],
    ['puts several rules in front of another, the last one first', 'ab', 'axyb', ['-I 2 y', '-I 2 x']],
    ['puts rules behind the last one', 'ab', 'abxy', ['-A x', '-A y']],
    ['replaces the last rule and goes on behind it', 'ab', 'axy', ['-R 2 x', '-A y']],
    ['works from the end to the beginning', 'abcde', 'xbcye', ['-R 4 y', '-R 1 x']],
  ];
  for (const [title, live, target, lines] of cases) {
    it(title, () => {
      assert.deepEqual(edits(live, target), lines);
    });
  }

  it('knows a rule in other words as the same', () => {
    const other = [{ ...tableRule(parseRule('-j MARK --set-mark 1')) }];
    const same = [{ ...tableRule(parseRule('-j MARK --set-xmark 0x1/0xffffffff')) }];
    assert.deepEqual(chainLines('SAREF-X', other, same), []);
  });

  it('leads from any rules to any others, and touches none that stays', () => {
    const letters = fc
      .array(fc.constantFrom(...Array.from('abcdefgh')), { maxLength: 9 })
      .map((list) => list.join(''));
    const property = fc.property(letters, letters, (live, target) => {
      const fill = [':SAREF-X - [0:0]', ...rules(live).map(({ text }) => `-A SAREF-X ${text}`)];
      const script = (lines: readonly string[]): string => ['*mangle', ...lines, 'COMMIT', ''].join('\n');
      const before = restored(emptyTable(), script(fill));
      const lines = chainLines('SAREF-X', rules(live), rules(target)).map(({ text }) => text);
      const after = restored(before, script(lines));
      assert.deepEqual(
        after.get('SAREF-X')?.rules,
        rules(target).map(({ text }) => text),
      );
      const isFilled = lines[0]?.startsWith(':') === true;
      const kept = target.length - lines.filter((line) => !/^(?:-D|:)/.test(line)).length;
      assert.equal(kept > 0 || lines.length === 0, !isFilled);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
