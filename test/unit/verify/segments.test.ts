import assert from 'node:assert/strict';
import type { Check } from '../../../src/verify/check.ts';
import { checkSegments } from '../../../src/verify/segments.ts';
import { hostOf } from '../../support/hosts.ts';

const LINKS = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
2: mast0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 16260 qdisc noqueue state UNKNOWN
3: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
4: ppp0: <POINTOPOINT,UP> mtu 1492 qdisc noqueue state UP
`;
const DEFAULT = 'default via 192.0.2.1 dev eth0 \n';

function checkOn({ rules = '', links = LINKS, defaults = DEFAULT } = {}): Check {
  return checkSegments(hostOf({ mangle: rules }), { links, defaults, iptables: 'iptables-nft' });
}

const IN = '-i mast0 -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1359';
const OUT = IN.replace('-i', '-o');

function commandsOf({ result, diagnostics: [first] }: Check): string[] {
  assert.equal(result, 'ok');
  return first?.help?.split('\n').slice(1) ?? [];
}

const CLAMPS = [
  'iptables-nft -t mangle -A PREROUTING -i mast0 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1359',
  'iptables-nft -t mangle -A POSTROUTING -o mast0 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1359',
];

describe('checkSegments', () => {
  it('gives the rules to add where mast takes longer packets than the device below, and nobody clamps', () => {
    const check = checkOn();
    assert.equal(check.diagnostics[0]?.code, 'SM4033');
    assert.match(String(check.diagnostics[0].detail), /^mast0 has an MTU of 16260, and eth0 below it 1500\./);
    assert.match(check.text, /; TCP is not told to send shorter segments$/);
    assert.deepEqual(commandsOf(check), CLAMPS);
  });

  it('goes by the narrowest of several ways out', () => {
    const defaults = 'default \n\tnexthop via 192.0.2.1 dev eth0 weight 1 \n\tnexthop dev ppp0 weight 1 \n';
    assert.deepEqual(
      commandsOf(checkOn({ defaults })),
      CLAMPS.map((line) => line.replace('1359', '1351')),
    );
  });

  it('counts packets that are as long as those below, and none that are shorter', () => {
    assert.equal(commandsOf(checkOn({ links: LINKS.replace('16260', '1500') })).length, 2);
    const check = checkOn({ links: LINKS.replace('16260', '1499') });
    assert.deepEqual([check.result, check.diagnostics.length], ['ok', 0]);
  });

  for (const [rules, missing] of [
    [`-A PREROUTING ${IN}\n-A POSTROUTING ${OUT}`, []],
    [`-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1300`, []],
    [`-A FORWARD -i mast+ -j TCPMSS --set-mss 1300\n-A FORWARD ! -o eth1 -j TCPMSS --set-mss 1300`, []],
    [`-A FORWARD -i eth1 ${OUT}`, [CLAMPS[0]]],
    [`-A FORWARD -o eth1 ${IN}`, [CLAMPS[1]]],
    [`-A FORWARD -i eth1 -o eth0 -p tcp -j TCPMSS --clamp-mss-to-pmtu`, CLAMPS],
    [`-A FORWARD ! -i mast0 ! -o mast0 -p tcp -j TCPMSS --clamp-mss-to-pmtu`, CLAMPS],
    [`-A FORWARD -i eth+ -o eth+ -p tcp -j TCPMSS --clamp-mss-to-pmtu`, CLAMPS],
    [`-A FORWARD -p tcp -m comment --comment "no -j TCPMSS here" -j ACCEPT`, CLAMPS],
  ] as const) {
    it(`misses ${missing.length === 0 ? 'nothing' : String(missing.length)} behind ${rules}`, () => {
      assert.deepEqual(commandsOf(checkOn({ rules: `:FORWARD ACCEPT [0:0]\n${rules}` })), missing);
    });
  }

  it('does not apply without the device, or where nothing says what is below', () => {
    assert.equal(checkOn({ links: LINKS.replace('mast0', 'mast1') }).result, 'not checked');
    assert.equal(checkOn({ defaults: '' }).result, 'not checked');
    assert.equal(checkOn({ defaults: 'default dev wg0 scope link \n' }).result, 'not checked');
    assert.deepEqual(checkOn({ defaults: '' }).diagnostics, []);
  });
});
