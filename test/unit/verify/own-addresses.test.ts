import assert from 'node:assert/strict';
import { addressText } from '../../../src/domain/cidr.ts';
import { parseOwnAddresses } from '../../../src/verify/own-addresses.ts';

const TEXT = String.raw`1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
1: lo    inet 10.9.1.1/32 scope global lo\       valid_lft forever preferred_lft forever
5: eth1    inet 10.9.1.1/24 brd 10.9.1.255 scope global eth1\       valid_lft forever preferred_lft forever
6: ppp0    inet 192.0.2.1 peer 192.0.2.2/32 scope global ppp0\       valid_lft forever preferred_lft forever
7: odd    inet 999.0.0.1/8 scope global odd
`;

describe('the addresses of a host', () => {
  it('are those of its devices, each once, without the loopback network', () => {
    const { addresses, devices } = parseOwnAddresses(TEXT);
    assert.deepEqual(addresses.map(addressText), ['10.9.1.1', '192.0.2.1']);
    assert.deepEqual(devices, ['lo', 'eth1', 'ppp0', 'odd']);
    assert.deepEqual(parseOwnAddresses(''), { addresses: [], devices: [] });
  });
});
