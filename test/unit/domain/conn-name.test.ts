import assert from 'node:assert/strict';
import { commentOf, connOf, LONGEST_COMMENT } from '../../../src/domain/conn-name.ts';

describe('commentOf', () => {
  it('leaves ASCII as it is', () => {
    assert.equal(commentOf(`it's a "conn" \\ of ~ 60%`), `it's a "conn" \\ of ~ 60%`);
  });

  it('has a character for each byte of UTF-8', () => {
    assert.equal(commentOf('é'), '\xc3\xa9');
    assert.equal(commentOf('日'), '\xe6\x97\xa5');
    assert.equal(commentOf('🔒'), '\xf0\x9f\x94\x92');
  });

  it('says how long a name is to iptables', () => {
    assert.equal(commentOf('é'.repeat(127)).length, LONGEST_COMMENT - 1);
    assert.equal(commentOf('é'.repeat(128)).length, LONGEST_COMMENT + 1);
  });

  it('takes a name of any length: to be too long is for a check to say', () => {
    assert.equal(commentOf('x'.repeat(1_000_000)).length, 1_000_000);
  });
});

describe('connOf', () => {
  it('is the way back', () => {
    for (const conn of ['plain', 'zürich', '\u{1f600}']) assert.equal(connOf(commentOf(conn)), conn);
  });
});
