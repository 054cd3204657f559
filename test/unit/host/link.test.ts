import assert from 'node:assert/strict';
import { parseLink } from '../../../src/host/link.ts';

describe('parseLink', () => {
  // ip -oneline link show dev NAME (iproute2 6.1)
  const cases = [
    [
      'up',
      '2: mast0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UNKNOWN mode DEFAULT\n',
    ],
    ['up', '2: mast0: <NO-CARRIER,POINTOPOINT,NOARP,UP> mtu 1500 qdisc pfifo_fast state DOWN mode DEFAULT\n'],
    ['down', '2: mast0: <POINTOPOINT,MULTICAST,NOARP> mtu 1500 qdisc noop state DOWN mode DEFAULT\n'],
    // its carrier is not what counts
    ['down', '2: mast0: <LOWER_UP> mtu 1500\n'],
    ['down', 'what is this\n'],
    ['absent', ''],
  ] as const;
  for (const [state, text] of cases) {
    it(`reads ${state} from: ${text.slice(0, 50).trim()}`, () => {
      assert.deepEqual(parseLink('mast0', text), { name: 'mast0', state });
    });
  }
});
