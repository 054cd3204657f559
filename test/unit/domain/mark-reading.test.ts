import assert from 'node:assert/strict';
import type { MarkReading, MarkReason } from '../../../src/domain/mark-reading.ts';
import { toMarkReading } from '../../../src/domain/mark-reading.ts';
import { LAST_SAREF } from '../../../src/domain/saref.ts';

function reading(text: string): MarkReading {
  const read = toMarkReading(text);
  assert.ok(read !== undefined, text);
  return read;
}

function parts(text: string): (number | undefined)[] {
  const { saref, nfmark, mask } = reading(text);
  return [saref, nfmark, mask];
}

const ours: MarkReason = { kind: 'mask-ours' };

describe('toMarkReading', () => {
  for (const [text, nfmark] of [
    ['1', 0x80010000],
    ['18', 0x80120000],
    ['4562', 0x91d20000],
    ['32767', 0xffff0000],
  ] as const) {
    it(`takes ${text} for a SAref and makes its mark`, () => {
      const mark = { nfmark, mask: 0xffff0000 };
      assert.deepEqual(reading(text), { saref: Number(text), ...mark, reasons: [] });
    });
  }

  for (const [text, saref] of [
    ['0x80120000', 18],
    ['0X8012ABCD', 18],
    ['0x0080120000', 18],
    ['2148663296', 18],
    ['0xffff0000', 32767],
    ['4294901760', 32767],
    ['-2146304000', 18],
  ] as const) {
    it(`finds SAref ${String(saref)} in ${text}, and no mask`, () => {
      const { saref: found, mask } = reading(text);
      assert.deepEqual([found, mask], [saref, undefined]);
    });
  }

  const remarks: readonly (readonly [string, readonly MarkReason[]])[] = [
    ['0x80120000', []],
    ['0x80121234', [{ kind: 'low-bits', bits: 0x1234 }]],
    ['-2146304000', [{ kind: 'signed' }]],
    ['-2146303999', [{ kind: 'signed' }, { kind: 'low-bits', bits: 1 }]],
    ['0x80120000/0xffff0000', [ours]],
    ['2148663296/4294901760', [ours]],
    ['0x80120000/0xffffffff', [{ kind: 'mask-too-wide', extra: 0xffff }]],
    ['0x80120000/0xffff0001', [{ kind: 'mask-too-wide', extra: 1 }]],
    [
      '0x80121234/0xffff0000',
      [{ kind: 'low-bits', bits: 0x1234 }, ours, { kind: 'outside-mask', bits: 0x1234 }],
    ],
  ];
  for (const [text, reasons] of remarks) {
    it(`says what there is to say beside the SAref of ${text}`, () => {
      const read = reading(text);
      assert.deepEqual([read.saref, read.reasons], [18, reasons]);
    });
  }

  const refusals: readonly (readonly [string, number | undefined, readonly MarkReason[]])[] = [
    ['0', 0, [{ kind: 'no-flag', meant: undefined }]],
    ['0x0', 0, [{ kind: 'no-flag', meant: undefined }]],
    ['0x00120000', 0x120000, [{ kind: 'no-flag', meant: 0x80120000 }]],
    ['1179648', 0x120000, [{ kind: 'no-flag', meant: 0x80120000 }]],
    ['65536', 0x10000, [{ kind: 'no-flag', meant: 0x80010000 }]],
    [
      '0x12',
      0x12,
      [
        { kind: 'no-flag', meant: undefined },
        { kind: 'low-bits', bits: 0x12 },
      ],
    ],
    // behind a mask a small number is an nfmark, too
    ['18/0xffff', 18, [...noFlagNorMask(), { kind: 'mask-too-wide', extra: 0xffff }]],
    ['0x80000000', 0x80000000, [{ kind: 'saref-zero' }]],
    ['2147483648', 0x80000000, [{ kind: 'saref-zero' }]],
    ['-2147483648', 0x80000000, [{ kind: 'signed' }, { kind: 'saref-zero' }]],
    ['32768', undefined, [{ kind: 'alias', nfmark: 0x80000000, saref: 0 }]],
    ['40000', undefined, [{ kind: 'alias', nfmark: 0x9c400000, saref: 7232 }]],
    ['65535', undefined, [{ kind: 'alias', nfmark: 0xffff0000, saref: 32767 }]],
    ['4294901761', 0xffff0001, [{ kind: 'not-shown' }]],
    ['0xffff0001', 0xffff0001, [{ kind: 'not-shown' }]],
    ['0xffff80010000', undefined, [{ kind: 'not-shown' }]],
    ['4294967296', undefined, [{ kind: 'too-large', what: 'value' }]],
    ['0x180000000', undefined, [{ kind: 'too-large', what: 'value' }]],
    ['-2147483649', undefined, [{ kind: 'too-large', what: 'value' }]],
    ['9'.repeat(400), undefined, [{ kind: 'too-large', what: 'value' }]],
    ['0x80120000/0x100000000', undefined, [{ kind: 'too-large', what: 'mask' }]],
    [
      '0x80120000/0x80000000',
      0x80120000,
      [
        { kind: 'mask-too-narrow', missing: 0x7fff0000 },
        { kind: 'outside-mask', bits: 0x120000 },
      ],
    ],
    [
      '0x80120000/0x7fffffff',
      0x80120000,
      [
        { kind: 'mask-too-narrow', missing: 0x80000000 },
        { kind: 'mask-too-wide', extra: 0xffff },
        { kind: 'outside-mask', bits: 0x80000000 },
      ],
    ],
  ];
  for (const [text, nfmark, reasons] of refusals) {
    it(`finds no SAref in ${text.slice(0, 30)} and says why`, () => {
      const read = reading(text);
      assert.deepEqual([read.saref, read.nfmark, read.reasons], [undefined, nfmark, reasons]);
    });
  }

  for (const text of [
    '',
    ' 18',
    '18 ',
    'lab',
    '1.5',
    '1e3',
    '022',
    '-0',
    '+18',
    '0x',
    '0xg',
    '-0x1',
    '80120000h',
    '0x80120000/',
    '/0xffff0000',
    '0x80120000/-1',
    '1/2/3',
  ]) {
    it(`sees no number in '${text}'`, () => {
      assert.equal(toMarkReading(text), undefined);
    });
  }

  it('reads each SAref back from its nfmark, in every way of writing it', () => {
    for (let saref = 1; saref <= LAST_SAREF; saref += 1) {
      const [, nfmark = 0] = parts(String(saref));
      for (const text of [`0x${nfmark.toString(16)}`, String(nfmark), String(nfmark - 2 ** 32)]) {
        assert.deepEqual(parts(text), [saref, nfmark, undefined]);
      }
    }
  });
});

function noFlagNorMask(): MarkReason[] {
  return [
    { kind: 'no-flag', meant: undefined },
    { kind: 'low-bits', bits: 18 },
    { kind: 'mask-too-narrow', missing: 0xffff0000 },
  ];
}
