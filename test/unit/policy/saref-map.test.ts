import assert from 'node:assert/strict';
import { parseSarefMap } from '../../../src/policy/saref-map.ts';
import { textOf } from '../../support/parsed.ts';

function read(text: string): ReturnType<typeof parseSarefMap> {
  return parseSarefMap({ name: 'sarefs.yaml', text });
}

describe('parseSarefMap', () => {
  it('reads each line in its place', () => {
    const { lines, diagnostics } = read('one: 0x12\nboth: { ref: 21, refhim: 22 }\ndead: down\n');
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      lines.map(({ conn, refhim, ref }) => [
        conn.value,
        textOf(conn.span),
        refhim?.value,
        refhim && textOf(refhim.span),
        ref?.value,
      ]),
      [
        ['one', 'one', 18, '0x12', undefined],
        ['both', 'both', 22, '22', 21],
        ['dead', 'dead', undefined, undefined, undefined],
      ],
    );
  });

  it('reads JSON', () => {
    assert.deepEqual(
      read('{"a": 1}').lines.map(({ conn, refhim }) => [conn.value, refhim?.value]),
      [['a', 1]],
    );
  });

  for (const [text, code] of [
    ['a: [', 'SM1001'],
    ['- a', 'SM1002'],
    ['a: up', 'SM1002'],
  ] as const) {
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      const { lines, diagnostics } = read(text);
      assert.deepEqual(lines, []);
      assert.deepEqual([...new Set(diagnostics.map((one) => one.code))], [code]);
    });
  }
});
