import assert from 'node:assert/strict';
import { CODES } from '../../../src/diagnostics/codes.ts';

describe('CODES', () => {
  for (const [code, { summary }] of Object.entries(CODES)) {
    it(`${code} is of a known range and has a summary that fits behind it`, () => {
      assert.match(code, /^SM[12349][0-9]{3}$/);
      // no user data, no full stop: the frame and the JSON put it between other texts
      assert.match(summary, /^[A-Za-z][A-Za-z -]*$/);
    });
  }

  it('says each thing once', () => {
    const summaries = Object.values(CODES).map(({ summary }) => summary);
    assert.deepEqual([...new Set(summaries)], summaries);
  });
});
