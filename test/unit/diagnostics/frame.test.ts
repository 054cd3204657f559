import assert from 'node:assert/strict';
import type { Diagnostic, Label } from '../../../src/diagnostics/diagnostic.ts';
import { frameDiagnostic } from '../../../src/diagnostics/frame.ts';
import type { Paint } from '../../../src/diagnostics/frame.ts';

/** A label under `words` where they first stand in `text`. */
function label(text: string, words: string, said: string): Label {
  const start = text.indexOf(words);
  assert.notEqual(start, -1);
  return {
    span: { source: { name: 'policies/branch.yaml', text }, start, end: start + words.length },
    text: said,
  };
}

function frame(diagnostic: Diagnostic): string[] {
  return frameDiagnostic(diagnostic).split('\n');
}

/** The lines between the header and the end. */
function frameOf(text: string, words: string): string[] {
  return frame({ code: 'SM1002', labels: [label(text, words, 'is wrong')] }).slice(1, -1);
}

describe('frameDiagnostic', () => {
  it('shows the culprit in its line, the line before it, what and why, and what to do', () => {
    const text = `${'# comment\n'.repeat(12)}  - conn: lab\n    saref: 40000\n`;
    const framed = frameDiagnostic({
      code: 'SM1201',
      labels: [label(text, '40000', 'needs 16 bits; a SAref has 15')],
      detail: 'A SAref is 1 to 32767.',
      help: 'the current value is the refhim= of the conn in:\nipsec auto --status',
    });
    assert.equal(
      framed,
      `error[SM1201] SAref out of range
  --> policies/branch.yaml:14:12
   |
13 |   - conn: lab
14 |     saref: 40000
   |            ^^^^^ needs 16 bits; a SAref has 15
   |
A SAref is 1 to 32767.
help: the current value is the refhim= of the conn in:
    ipsec auto --status
`,
    );
  });

  it('points to the other party with another arrow, and gives all line numbers one width', () => {
    const text = `first\n${'\n'.repeat(8)}tenth\n`;
    const labels = [label(text, 'tenth', 'matches the same packets'), label(text, 'first', 'as this entry')];
    assert.deepEqual(frame({ code: 'SM1302', labels }), [
      'error[SM1302] duplicate entry',
      '  --> policies/branch.yaml:10:1',
      '   |',
      ' 9 |',
      '10 | tenth',
      '   | ^^^^^ matches the same packets',
      '   |',
      '  ::: policies/branch.yaml:1:1',
      '   |',
      ' 1 | first',
      '   | ^^^^^ as this entry',
      '   |',
      '',
    ]);
  });

  it('says the summary and no more where there is no more', () => {
    assert.equal(frameDiagnostic({ code: 'SM3005', labels: [] }), 'error[SM3005] no privilege\n');
  });

  it('has one line of help where one is enough', () => {
    assert.deepEqual(frame({ code: 'SM1301', labels: [], help: 'did you mean lab?' }), [
      'error[SM1301] unknown conn',
      'help: did you mean lab?',
      '',
    ]);
  });

  it('puts a tab in front of the carets where there is one in front of the culprit', () => {
    assert.deepEqual(frameOf('\ta:\tbad\n', 'bad').slice(2, 4), ['1 | \ta:\tbad', '  | \t  \t^^^ is wrong']);
  });

  it('underlines no further than to the end of the line', () => {
    assert.deepEqual(frameOf('a: [1,\n  2]\n', '[1,\n  2]').slice(2, 4), [
      '1 | a: [1,',
      '  |    ^^^ is wrong',
    ]);
    assert.deepEqual(frameOf('a: [1,\r\n  2]\r\n', '[1,\r\n  2]').slice(2, 4), [
      '1 | a: [1,',
      '  |    ^^^ is wrong',
    ]);
  });

  it('has a caret for a place without characters, at the end of a line too', () => {
    assert.deepEqual(frameOf('', '').slice(2), ['1 |', '  | ^ is wrong', '  |']);
    assert.deepEqual(frameOf('a:\n', '\n').slice(2, 4), ['1 | a:', '  |   ^ is wrong']);
  });

  it('paints each kind of text in its style, and nothing in plain text', () => {
    const tag: Paint = (style, text) => `<${style}>${text}</${style}>`;
    const diagnostic: Diagnostic = { code: 'SM1002', labels: [label('a: b', 'b', 'is wrong')] };
    const painted = frameDiagnostic(diagnostic, tag);
    assert.match(painted, /^<error>error\[SM1002\]<\/error> <strong>not of the policy language<\/strong>\n/);
    assert.match(painted, /\n <faint>--><\/faint> policies\/branch\.yaml:1:4\n/);
    assert.match(painted, /\n<faint>1 \|<\/faint> a: b\n/);
    assert.match(painted, /\n<faint> {2}\|<\/faint> {4}<error>\^<\/error> is wrong\n/);
    assert.equal(painted.replace(/<[^ -][^>]*>/g, ''), frameDiagnostic(diagnostic));
  });

  it('shows the part of a very long line around the culprit', () => {
    const text = `[${'x, '.repeat(100_000)}wrong, ${'y, '.repeat(100_000)}]`;
    const [, , line = '', carets = ''] = frameOf(text, 'wrong');
    assert.ok(line.length < 220 && line.startsWith('1 | …') && line.endsWith('…'), line);
    assert.equal(line.indexOf('wrong'), carets.indexOf('^^^^^'));
    assert.match(carets, /\^{5} is wrong$/);
  });

  it('shows the beginning and the end of a very long line without an ellipsis', () => {
    const long = 'x'.repeat(5000);
    assert.match(String(frameOf(`first ${long}`, 'first')[2]), /^1 \| first x+…$/);
    const [, , line = '', carets = ''] = frameOf(`${long} last`, 'last');
    assert.match(line, /^1 \| …x+ last$/);
    assert.equal(line.indexOf('last'), carets.indexOf('^^^^'));
  });

  it('calls a warning a warning, and paints its carets as one', () => {
    const tag: Paint = (style, text) => (style === 'warning' ? `<${text}>` : text);
    const diagnostic: Diagnostic = { code: 'SM1501', labels: [label('a: b', 'b', 'overlaps')] };
    const framed = frameDiagnostic(diagnostic, tag);
    assert.match(framed, /^<warning\[SM1501\]> overlapping entries\n/);
    assert.match(framed, /\n {2}\| {4}<\^> overlaps\n/);
  });

  it('shows what a terminal would obey, one character for each, and keeps newlines and tabs where they mean something', () => {
    const text = 'a: \u001b[2J\r\u0000 x # \u009b \u202e\n';
    const [place, , line, carets] = frameOf(text, 'x');
    assert.equal(line, '1 | a: ␛[2J␍␀ x # \ufffd \ufffd');
    assert.equal(carets, `  | ${' '.repeat(text.indexOf('x'))}^ is wrong`);
    assert.equal(place, ' --> policies/branch.yaml:1:11');
    const [span] = [label(text, 'x', '').span];
    const named = { ...span, source: { ...span.source, name: 'a\u001bb.yaml' } };
    const framed = frame({
      code: 'SM1002',
      labels: [{ span: named, text: 'is \u0007' }],
      detail: 'one\n\ttwo\u007f',
      help: 'do\nthis\u001b',
    });
    assert.equal(framed[1], ' --> a␛b.yaml:1:11');
    assert.match(framed[4] ?? '', /\^ is ␇$/);
    assert.deepEqual(framed.slice(-5), ['one', '\ttwo\ufffd', 'help: do', '    this␛', '']);
  });
});
