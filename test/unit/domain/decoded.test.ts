import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decoded } from '../../../src/domain/decoded.ts';

describe('decoded', () => {
  it('reads bytes as the UTF-8 that they are, a mark of byte order included', () => {
    for (const text of ['', '-A IPSEC -j ACCEPT\n', 'zürich', '\ufeff–büro', '\u{1f600}'])
      assert.equal(decoded(Buffer.from(text).toString('latin1')), text);
  });

  it('has a sign for bytes that are none, and says the rest', () => {
    assert.equal(
      decoded('--comment "z\xfcrich \xe6\x97" -j zw\xc3\xb6lf'),
      '--comment "z\ufffdrich \ufffd" -j zwölf',
    );
  });

  it('takes whatever bytes there are, as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (array) => {
        const bytes = Buffer.from(array);
        assert.equal(decoded(bytes.toString('latin1')), bytes.toString());
      }),
    );
  });
});
