import assert from 'node:assert/strict';
import { deviceSwitch, parseSysctls } from '../../../src/host/sysctl.ts';

describe('deviceSwitch', () => {
  it('has a slash for a dot in the name of a device', () => {
    assert.equal(deviceSwitch('mast1.7', 'rp_filter'), 'net.ipv4.conf.mast1/7.rp_filter');
  });
});

describe('parseSysctls', () => {
  it('reads switches by name', () => {
    const text = 'net.ipv4.conf.mast1/7.src_valid_mark = 1\nnet.ipv4.fwmark_reflect = 0\n';
    assert.deepEqual(
      [...parseSysctls(text)],
      [
        ['net.ipv4.conf.mast1/7.src_valid_mark', true],
        ['net.ipv4.fwmark_reflect', false],
      ],
    );
  });

  it('takes every value but 0 for on: the stock script writes bit 31', () => {
    assert.deepEqual(
      [...parseSysctls('a = -2147483648\nb=0\n')],
      [
        ['a', true],
        ['b', false],
      ],
    );
  });

  it('passes over lines that name no value', () => {
    assert.deepEqual([...parseSysctls('sysctl: cannot stat /proc/sys/net/x: No such file\n')], []);
  });
});
