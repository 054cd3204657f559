import assert from 'node:assert/strict';
import type { Codec } from '../../../../src/iptables/codecs/codec.ts';
import { dscp, dscpClass, tos, TOS_FORMS } from '../../../../src/iptables/codecs/header.ts';
import { itReads } from '../../../support/it-reads.ts';

function tosForm(name: string): Codec<unknown> {
  const form = TOS_FORMS[name];
  assert.ok(form);
  return form;
}

describe('codecs of header fields', () => {
  itReads('read a DSCP by number', dscp, [
    ['0x10', '0x10'],
    ['10', '0x0a'],
    ['010', '0x08'],
    ['63', '0x3f'],
    ['64', undefined],
    ['EF', undefined],
    ['', undefined],
  ]);

  itReads('read a DSCP by the name of its class', dscpClass, [
    ['CS0', '0x00'],
    ['cs7', '0x38'],
    ['AF11', '0x0a'],
    ['af43', '0x26'],
    ['EF', '0x2e'],
    ['BE', '0x00'],
    ['AF44', undefined],
    ['CS8', undefined],
    ['toString', undefined],
    ['16', undefined],
  ]);

  itReads('read a TOS by number, with and without its mask', tos, [
    ['0x10', '0x10/0xff'],
    ['16/0x3f', '0x10/0x3f'],
    ['0/0', '0x00/0x00'],
    ['0xff/255', '0xff/0xff'],
    ['256', undefined],
    ['0x10/256', undefined],
    ['0x10/', undefined],
    ['0x10/zz', undefined],
    ['/0xff', undefined],
    ['1/2/3', undefined],
    ['', undefined],
  ]);

  itReads('read a TOS by name, with the mask of names', tos, [
    ['Minimize-Delay', '0x10/0x3f'],
    ['maximize-throughput', '0x08/0x3f'],
    ['maximize-reliability', '0x04/0x3f'],
    ['minimize-cost', '0x02/0x3f'],
    ['Normal-Service', '0x00/0x3f'],
    ['constructor', undefined],
    ['faster', undefined],
  ]);

  itReads('read the bits of --and-tos', tosForm('--and-tos'), [
    ['0xf0', '0x00/0x0f'],
    ['256', undefined],
    ['x', undefined],
  ]);
  itReads('read the bits of --or-tos', tosForm('--or-tos'), [['0x10', '0x10/0x10']]);
  itReads('read the bits of --xor-tos', tosForm('--xor-tos'), [['0x10', '0x10/0x00']]);
});
