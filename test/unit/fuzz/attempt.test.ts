import assert from 'node:assert/strict';
import { attempt } from '../../../fuzz/attempt.ts';
import { shrink } from '../../../fuzz/shrink.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function refusing(word: string): (input: Uint8Array) => void {
  return (input) => {
    if (Buffer.from(input).includes(word)) throw new Error(`has ${word}`);
  };
}

describe('attempt', () => {
  it('finds nothing where every input is read', () => {
    assert.equal(attempt(refusing('x'), [bytes('a'), bytes('')]).failure, undefined);
  });

  it('names the first input that throws, and why', () => {
    const { failure } = attempt(refusing('x'), ['a', 'x1', 'x2'].map(bytes));
    assert.deepEqual(failure?.input, bytes('x1'));
    assert.match(failure.why, /has x/);
  });

  it('ends what does not end', () => {
    const hang = (input: Uint8Array): void => {
      while (input[0] === 120);
    };
    const { failure } = attempt(hang, ['a', 'x', 'b'].map(bytes), 0.2);
    assert.deepEqual(failure?.input, bytes('x'));
    assert.match(failure.why, /timed out/);
  });

  it('ends a regular expression that goes back for ever', () => {
    const { failure } = attempt(
      (input) => /^(a+)+$/.test(Buffer.from(input).toString()),
      [bytes(`${'a'.repeat(40)}b`)],
      0.2,
    );
    assert.match(failure?.why ?? '', /timed out/);
  });

  it('refuses what takes more than a second', () => {
    const slow = (): void => {
      const before = process.cpuUsage();
      while (process.cpuUsage(before).user < 1.2e6) for (let count = 0; count < 1e7; count += 1);
    };
    assert.match(attempt(slow, [bytes('a')]).failure?.why ?? '', /took \d\.\d+ s/);
  }).timeout(20_000);
});

describe('shrink', () => {
  it('leaves nothing out that the failure needs, and all else', () => {
    const { failure } = attempt(refusing('bug'), [bytes(`${'long '.repeat(50)}a bug ${'here '.repeat(50)}`)]);
    assert.ok(failure);
    assert.equal(Buffer.from(shrink(refusing('bug'), failure).input).toString(), 'bug');
  });
});
