import assert from 'node:assert/strict';
import type { Diagnostic, Label } from '../../../src/diagnostics/diagnostic.ts';
import { diagnosticJson, isError, sortDiagnostics } from '../../../src/diagnostics/diagnostic.ts';

const SOURCE = { name: 'site.yaml', text: 'version: 1\nsarefs:\n  lab: 40000\n' };

function label(words: string, text = ''): Label {
  const start = SOURCE.text.indexOf(words);
  return { span: { source: SOURCE, start, end: start + words.length }, text };
}

describe('isError', () => {
  it('holds for what has to stop a run', () => {
    assert.equal(isError({ code: 'SM1201', labels: [] }), true);
  });

  it('does not hold for a warning', () => {
    assert.equal(isError({ code: 'SM1501', labels: [] }), false);
  });
});

describe('sortDiagnostics', () => {
  const early: Diagnostic = { code: 'SM4001', labels: [label('version')] };
  const late: Diagnostic = { code: 'SM1001', labels: [label('lab'), label('version')] };
  const nowhere: Diagnostic = { code: 'SM1001', labels: [] };

  it('goes by the place of the culprit, whatever the code and the other parties', () => {
    assert.deepEqual(sortDiagnostics([late, early]), [early, late]);
    assert.deepEqual(sortDiagnostics([early, late]), [early, late]);
  });

  it('goes by the names of the files first', () => {
    const source = { ...SOURCE, name: 'a-first.yaml' };
    const first: Diagnostic = {
      code: 'SM9001',
      labels: [{ span: { source, start: 20, end: 21 }, text: '' }],
    };
    assert.deepEqual(sortDiagnostics([early, nowhere, first]), [first, early, nowhere]);
  });

  it('puts those without a place last', () => {
    assert.deepEqual(sortDiagnostics([nowhere, late, early]), [early, late, nowhere]);
  });

  it('goes by code in one place, and where there is none', () => {
    const codes = (...labels: readonly Label[]): string[] =>
      sortDiagnostics([
        { code: 'SM1402', labels },
        { code: 'SM1201', labels },
        { code: 'SM1301', labels },
      ]).map(({ code }) => code);
    assert.deepEqual(codes(label('lab')), ['SM1201', 'SM1301', 'SM1402']);
    assert.deepEqual(codes(), ['SM1201', 'SM1301', 'SM1402']);
  });

  it('keeps the order of what is alike', () => {
    const alike: readonly Diagnostic[] = ['a', 'b', 'c'].map((detail) => ({
      code: 'SM1302',
      labels: [label('lab')],
      detail,
    }));
    assert.deepEqual(sortDiagnostics(alike), alike);
  });

  it('leaves the list that it was given as it is', () => {
    const given = [late, early];
    sortDiagnostics(given);
    assert.deepEqual(given, [late, early]);
  });
});

describe('diagnosticJson', () => {
  it('has the fields of the text', () => {
    const diagnostic: Diagnostic = {
      code: 'SM1201',
      labels: [label('40000', 'needs 16 bits; a SAref has 15'), label('version', 'is here')],
      detail: 'A SAref is 1 to 32767.',
      help: 'see ipsec auto --status',
    };
    assert.deepEqual(diagnosticJson(diagnostic), {
      code: 'SM1201',
      severity: 'error',
      summary: 'SAref out of range',
      labels: [
        { file: 'site.yaml', line: 3, column: 8, text: 'needs 16 bits; a SAref has 15' },
        { file: 'site.yaml', line: 1, column: 1, text: 'is here' },
      ],
      detail: 'A SAref is 1 to 32767.',
      help: 'see ipsec auto --status',
    });
  });

  it('tells a warning from an error', () => {
    const json: unknown = JSON.parse(JSON.stringify(diagnosticJson({ code: 'SM1501', labels: [] })));
    assert.deepEqual(json, {
      code: 'SM1501',
      severity: 'warning',
      summary: 'overlapping entries',
      labels: [],
    });
  });

  it('leaves out what a diagnostic does not have', () => {
    const json: unknown = JSON.parse(JSON.stringify(diagnosticJson({ code: 'SM3002', labels: [] })));
    assert.deepEqual(json, { code: 'SM3002', severity: 'error', summary: 'back end missing', labels: [] });
  });
});
