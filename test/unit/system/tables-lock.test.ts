import assert from 'node:assert/strict';
import { deviceText, holderIn } from '../../../src/system/tables-lock.ts';

/** Linux 6.18: of two who waits, one has it; others have other files, or no flock. */
const LOCKS = `1: POSIX  ADVISORY  WRITE 801 00:2a:3 0 EOF
2: FLOCK  ADVISORY  WRITE 2010 00:2a:3 0 EOF
2: -> FLOCK  ADVISORY  WRITE 2102 00:2a:3 0 EOF
3: FLOCK  ADVISORY  WRITE 777 00:2a:33 0 EOF
`;

describe('the lock of the tables', () => {
  it('is held by the process that /proc/locks names, not by those that wait', () => {
    assert.equal(holderIn(LOCKS, '00:2a:3'), '2010');
    assert.equal(holderIn(LOCKS, '00:2a:33'), '777');
    assert.equal(holderIn(LOCKS, '00:2b:3'), undefined);
  });

  it('is found by the device of its file, in the form of /proc/locks', () => {
    const devices = [42, 0x10301, 2 ** 20 + 0x34].map(deviceText);
    assert.deepEqual(devices, ['00:2a', '103:01', '00:134']);
  });
});
