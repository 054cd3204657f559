import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkSarefRange } from '../../../../src/policy/checks/saref-range.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function check(saref: string): Diagnostic[] {
  return checkSarefRange(policyOf(`version: 1\nsarefs: { a: ${saref} }\nentries: []\n`));
}

describe('checkSarefRange', () => {
  it('has nothing to say about 1, 32767 and a conn that is down', () => {
    for (const saref of ['1', '32767', 'down', '{ refhim: 1, ref: 32767 }'])
      assert.deepEqual(check(saref), []);
  });

  const cases = [
    ['0', '0: is no SA', ''],
    ['-1', '-1: is below 1', ''],
    [
      '32768',
      '32768: needs 16 bits; a SAref has 15',
      ' 32768 would be written as nfmark 0x80000000, which the kernel reads back as SAref 0: none.',
    ],
    [
      '32769',
      '32769: needs 16 bits; a SAref has 15',
      ' 32769 would be written as nfmark 0x80010000, which the kernel reads back as SAref 1: another tunnel.',
    ],
    [
      '65535',
      '65535: needs 16 bits; a SAref has 15',
      ' 65535 would be written as nfmark 0xffff0000, which the kernel reads back as SAref 32767: another tunnel.',
    ],
    ['65536', '65536: needs 17 bits; a SAref has 15', ''],
    ['4294901761', '4294901761: is how pluto prints that there is none', ''],
    ['4294967296', '4294967296: needs 33 bits; a SAref has 15', ''],
    ['0x80000000', '0x80000000: needs 32 bits; a SAref has 15', ''],
  ] as const;
  for (const [saref, words, sentence] of cases) {
    it(`refuses ${saref}`, () => {
      const diagnostics = check(saref);
      assert.deepEqual(diagnostics.map(wordsOf), [`SM1201 ${words}`]);
      assert.equal(diagnostics[0]?.detail, `A SAref is 1 to 32767.${sentence}`);
      assert.equal(
        diagnostics[0].help,
        'the current value is the refhim= of the conn in:\nipsec auto --status',
      );
    });
  }

  it('checks both SArefs of a conn, each by its own name', () => {
    const diagnostics = check('{ ref: 40000, refhim: 0 }');
    assert.deepEqual(diagnostics.map(wordsOf), [
      'SM1201 0: is no SA',
      'SM1201 40000: needs 16 bits; a SAref has 15',
    ]);
    assert.match(String(diagnostics[1]?.help), /^the current value is the ref= of the conn in:/);
  });

  it('knows an nfmark, and which SAref is in it', () => {
    for (const [written, saref] of [
      ['0x80120000', 18],
      ['2148663296', 18],
      ['0x80121234', 18],
      ['0xffff0000', 32_767],
    ] as const) {
      const [diagnostic] = check(written);
      const nfmark = `0x${Number(written).toString(16)}`;
      assert.equal(
        diagnostic && wordsOf(diagnostic),
        `SM1202 ${written}: is the nfmark ${nfmark}; the SAref in it is ${String(saref)}`,
      );
      assert.equal(diagnostic?.help, `write ${String(saref)}`);
    }
  });

  it("looks at the SArefs of entries, too, and at no table that is pluto's", () => {
    const own = policyOf(
      'version: 1\nsarefs: pluto\nentries: [{ conn: a, saref: { refhim: 1, ref: 0 }, dst: 10.9.1.1 }]\n',
    );
    assert.deepEqual(checkSarefRange(own).map(wordsOf), ['SM1201 0: is no SA']);
  });
});
