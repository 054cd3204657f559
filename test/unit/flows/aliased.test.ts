import assert from 'node:assert/strict';
import type { Mapping } from '../../../src/domain/selector-text.ts';
import { aliasFilters, changedAliases, flowsTo } from '../../../src/flows/aliased.ts';
import { parseFlows } from '../../../src/flows/parse.ts';
import { cidr } from '../../support/addresses.ts';

function mapping(alias: string, real: string): Mapping {
  return { alias: cidr(alias), real: cidr(real) };
}

const NEAR = mapping('10.101.0.0/24', '192.168.0.0/24');
const FAR = mapping('10.102.0.0/24', '192.168.0.0/24');

const { flows: FLOWS } = parseFlows(
  'udp 17 29 src=10.9.1.1 dst=10.101.0.5 sport=1 dport=2 src=192.168.0.5 dst=10.9.1.1 sport=2 dport=1 mark=0 use=1\n',
);

describe('changedAliases', () => {
  it('are those that come, go, or go elsewhere, each once', () => {
    assert.deepEqual(changedAliases([NEAR], [NEAR]), []);
    assert.deepEqual(changedAliases([NEAR], [NEAR, FAR]), [FAR]);
    assert.deepEqual(changedAliases([NEAR, FAR], [FAR]), [NEAR]);
    const moved = changedAliases([NEAR], [mapping('10.101.0.0/24', '192.168.7.0/24')]);
    assert.deepEqual(
      moved.map(({ alias }) => alias),
      [NEAR.alias],
    );
  });
});

describe('aliasFilters', () => {
  it('look for flows to each of them, whether some are known or not', () => {
    assert.equal(FLOWS.length, 1);
    assert.deepEqual([flowsTo(NEAR, FLOWS), flowsTo(FAR, FLOWS)], [FLOWS, []]);
    assert.deepEqual(aliasFilters([NEAR, FAR], FLOWS), [
      ['-f', 'ipv4', '-d', '10.101.0.0/24'],
      ['-f', 'ipv4', '-d', '10.102.0.0/24'],
    ]);
  });

  it('look for flows that are known where there are very many aliases', () => {
    const many = Array.from({ length: 250 }, (_, number) =>
      mapping(`10.101.${String(number)}.0/24`, '192.168.0.0/24'),
    );
    assert.deepEqual(aliasFilters(many, FLOWS), [['-f', 'ipv4', '-d', '10.101.0.0/24']]);
  });
});
