import assert from 'node:assert/strict';
import { checkAlias } from '../../../../src/policy/checks/alias.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function told(...entries: string[]): string[] {
  const list = entries.map((entry) => `  - { ${entry} }\n`).join('');
  return checkAlias(
    policyOf(`version: 1\nnetworks: { pair: [10.7.0.0/24, 10.8.0.0/24] }\nentries:\n${list}`),
  ).map(wordsOf);
}

describe('checkAlias', () => {
  it('lets two conns have the same network, each with an alias of its own', () => {
    const found = told(
      'conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24',
      'conn: b, dst: 192.168.0.0/24, alias: 10.102.0.0/24',
    );
    assert.deepEqual(found, []);
  });

  it('lets entries of a conn share the alias of a network', () => {
    const found = told(
      'conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24, proto: tcp',
      'conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24, proto: udp',
    );
    assert.deepEqual(found, []);
  });

  it('wants one network as dst, and not that of every address', () => {
    assert.deepEqual(told('conn: a, alias: 10.101.0.0/24'), ['SM1410 10.101.0.0/24: stands for nothing']);
    for (const dst of ['pair', '0.0.0.0/0', '[192.168.0.0/24, 192.168.1.0/24]']) {
      const found = told(`conn: a, dst: ${dst}, alias: 10.101.0.0/24`);
      assert.deepEqual(found, ['SM1410 10.101.0.0/24: for which network?']);
    }
  });

  it('wants a network of the same size', () => {
    assert.deepEqual(told('conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/25'), [
      'SM1411 10.101.0.0/25: has another size than 192.168.0.0/24',
    ]);
  });

  it('refuses an alias of two conns, or of two networks of one', () => {
    const first = 'conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24';
    const second = [
      'SM1412 10.101.0.0/24: overlaps',
      '10.101.0.0/24: with this one, for 192.168.0.0/24 of a',
    ].join(' / ');
    for (const entry of ['conn: b, dst: 192.168.0.0/24', 'conn: a, dst: 192.168.1.0/24'])
      assert.deepEqual(told(first, `${entry}, alias: 10.101.0.0/24`), [second]);
    assert.equal(told(first, 'conn: b, dst: 192.168.0.0/32, alias: 10.101.0.7/32').length, 1);
  });

  it('refuses an alias that is the src or dst of an entry, its own included', () => {
    const alias = (network: string): string => `conn: a, dst: 192.168.0.0/24, alias: ${network}`;
    const words = (text: string, network: string): string =>
      `SM1413 ${text}: overlaps / ${network}: with ${network}`;
    assert.deepEqual(told(alias('192.168.0.0/24')), [
      'SM1413 192.168.0.0/24: overlaps / 192.168.0.0/24: with 192.168.0.0/24',
    ]);
    assert.deepEqual(told(alias('10.101.0.0/24'), 'conn: b, src: 10.101.0.0/16'), [
      words('10.101.0.0/24', '10.101.0.0/16'),
    ]);
    assert.deepEqual(told(alias('10.101.0.0/24'), 'conn: b, dst: 10.101.0.7/32'), [
      words('10.101.0.0/24', '10.101.0.7/32'),
    ]);
  });

  it('takes an entry for every address for what stands behind aliases', () => {
    const found = told(
      'conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24',
      'conn: b, src: 0.0.0.0/0, dst: 0.0.0.0/0, in: eth1',
    );
    assert.deepEqual(found, []);
  });

  it('leaves what cannot be read to other checks', () => {
    assert.deepEqual(told('conn: a, dst: 192.168.0.0/33, alias: 10.101.0.0/24'), []);
    assert.deepEqual(told('conn: a, dst: 192.168.0.0/24, alias: 10.101.0.7/24'), []);
  });
});
