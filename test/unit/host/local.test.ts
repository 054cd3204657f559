import assert from 'node:assert/strict';
import { cidrText } from '../../../src/domain/cidr.ts';
import { parseLocal } from '../../../src/host/local.ts';

describe('parseLocal', () => {
  it('takes what is local, addresses and networks', () => {
    const text = [
      'local 10.1.1.1 dev lo proto kernel scope host src 10.1.1.1 ',
      'broadcast 10.1.1.255 dev lo proto kernel scope link src 10.1.1.1 ',
      'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 ',
      'local default dev lo table 7',
      '',
    ];
    assert.deepEqual(parseLocal(text.join('\n')).map(cidrText), ['10.1.1.1/32', '127.0.0.0/8']);
  });
});
