import { policyProtocol, zone } from '../../../../src/iptables/codecs/special.ts';
import { itReads } from '../../../support/it-reads.ts';

describe('codecs of CT and policy', () => {
  itReads('read a zone by number or from the mark', zone, [
    ['0', '0'],
    ['0xffff', '65535'],
    ['mark', 'mark'],
    ['65536', undefined],
    ['nosuch', undefined],
  ]);

  itReads('print the protocol of a transform by name where it has one', policyProtocol, [
    ['esp', 'esp'],
    ['51', 'ah'],
    ['108', 'ipcomp'],
    ['tcp', '6'],
    ['nosuch', undefined],
  ]);
});
