import assert from 'node:assert/strict';
import { containsPort, isEveryPort, portRangeText, toPortRange } from '../../../src/domain/port-range.ts';

describe('toPortRange', () => {
  it('reads one port', () => {
    assert.deepEqual(toPortRange('500', ':'), { first: 500, last: 500 });
    assert.deepEqual(toPortRange('0', ':'), { first: 0, last: 0 });
    assert.deepEqual(toPortRange('65535', ':'), { first: 65535, last: 65535 });
  });

  it('reads a range, with the separator of the notation', () => {
    assert.deepEqual(toPortRange('1000:1999', ':'), { first: 1000, last: 1999 });
    assert.deepEqual(toPortRange('0-65535', '-'), { first: 0, last: 65535 });
    assert.equal(toPortRange('1000-1999', ':'), undefined);
  });

  const refused = ['', ':', '500:', ':500', '1:2:3', '2:1', '65536', '1:65536', '0500', '-1', '5e2', '0x1f4'];
  for (const text of [...refused, 'isakmp', ' 500', '500 ', '99999', '100000']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(toPortRange(text, ':'), undefined);
    });
  }
});

describe('portRangeText', () => {
  it('writes a range of one port as that port', () => {
    assert.equal(portRangeText({ first: 500, last: 500 }, ':'), '500');
    assert.equal(portRangeText({ first: 500, last: 501 }, ':'), '500:501');
    assert.equal(portRangeText({ first: 0, last: 65535 }, '-'), '0-65535');
  });
});

describe('containsPort', () => {
  it('counts both ends in', () => {
    const contained = [499, 500, 501, 502].filter((port) => containsPort({ first: 500, last: 501 }, port));
    assert.deepEqual(contained, [500, 501]);
  });
});

describe('isEveryPort', () => {
  it('asks for both ends', () => {
    assert.equal(isEveryPort({ first: 0, last: 65_535 }), true);
    assert.equal(isEveryPort({ first: 1, last: 65_535 }), false);
    assert.equal(isEveryPort({ first: 0, last: 65_534 }), false);
  });
});
