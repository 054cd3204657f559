import assert from 'node:assert/strict';
import { driftText } from '../../../src/cli/drift-text.ts';

const script = (lines: number): string =>
  Array.from({ length: lines }, (_, at) => `line ${String(at)}`).join('\n');

describe('the text of what is not as written', () => {
  it('is one line where all is', () => {
    assert.deepEqual(driftText([]), ['the host holds what was written']);
  });

  it('shows a short script whole, and of a long one the beginning', () => {
    const [head, ...lines] = driftText(['a switch is off', script(11), script(32_776)]);
    assert.equal(head, 'the host does not hold what was written:');
    assert.deepEqual(lines.slice(0, 2), ['  a switch is off', '  line 0']);
    assert.deepEqual(lines.slice(11, 13), ['  line 10', '  line 0']);
    assert.deepEqual(lines.slice(21), ['  line 9', '  and 32766 more lines, all of them with --output json']);
  });
});
