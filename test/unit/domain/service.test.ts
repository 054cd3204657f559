import assert from 'node:assert/strict';
import { servicePort } from '../../../src/domain/service.ts';

describe('a service', () => {
  it('has a port by its name', () => {
    for (const [name, port] of [
      ['ssh', 22],
      ['domain', 53],
      ['http', 80],
      ['isakmp', 500],
      ['ipsec-nat-t', 4500],
    ] as const) {
      assert.equal(servicePort(name), port);
    }
  });

  it('has none by another name, by number or in capitals', () => {
    for (const name of ['', 'nosuch', '80', 'HTTP', 'toString', '__proto__']) {
      assert.equal(servicePort(name), undefined, name);
    }
  });
});
