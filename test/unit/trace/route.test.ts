import assert from 'node:assert/strict';
import type { Packet } from '../../../src/domain/packet.ts';
import type { Routing } from '../../../src/trace/route.ts';
import { routePacket } from '../../../src/trace/route.ts';
import { hostOf } from '../../support/hosts.ts';
import { forwarded, packet } from '../../support/packets.ts';

const RULES = `0:	from all lookup local
32763:	from all iif mast0 lookup main
32764:	from all iif mast0 unreachable
32765:	from all fwmark 0x80000000/0x80000000 lookup 50
32765:	from all fwmark 0x80000000/0x80000000 unreachable
32766:	from all lookup main
32767:	from all lookup default
`;

const ROUTES = 'unreachable default metric 4294967295\ndefault dev mast0 scope link\n';

interface Situation {
  readonly ipRules?: string;
  readonly routes?: string;
  readonly packet?: Packet;
  readonly nfmark?: number;
}

function route({ ipRules = RULES, routes = ROUTES, packet: one = packet(), nfmark = 0 }: Situation): Routing {
  return routePacket(hostOf({ ipRules, routes }), one, nfmark);
}

/** The egress where nothing is in doubt. */
function egressOf(situation: Situation): string {
  const { egress, doubts } = route(situation);
  assert.deepEqual(doubts, []);
  return egress.kind === 'device' ? `device ${egress.device}` : egress.kind;
}

const MARK = 0x80010000;

describe('routePacket', () => {
  it('sends marked packets to mast0 and others by main', () => {
    assert.equal(egressOf({ nfmark: MARK }), 'device mast0');
    assert.equal(egressOf({ nfmark: 0x80000000 }), 'device mast0');
    assert.equal(egressOf({ nfmark: 0x7fffffff }), 'main');
    assert.equal(egressOf({ packet: forwarded(), nfmark: MARK }), 'device mast0');
  });

  it('keeps a packet to the host itself, whatever its mark', () => {
    assert.equal(egressOf({ packet: packet({ dstIsLocal: true }), nfmark: MARK }), 'local');
  });

  it('sends what comes in by mast0 by main, and by nothing else', () => {
    const decapsulated = forwarded({ inInterface: 'mast0' });
    assert.equal(egressOf({ packet: decapsulated, nfmark: MARK }), 'main');
    const withoutMain = RULES.replace('iif mast0 lookup main', 'iif mast0 lookup default');
    assert.equal(egressOf({ ipRules: withoutMain, packet: decapsulated, nfmark: MARK }), 'unreachable');
  });

  it('takes lo for where a packet of this host comes in', () => {
    const ipRules = '7:\tfrom all iif lo unreachable\n9:\tfrom all lookup main\n';
    assert.equal(egressOf({ ipRules }), 'unreachable');
    assert.equal(egressOf({ ipRules, packet: forwarded() }), 'main');
  });

  it('refuses marked packets where the route of mast0 is gone, or all of the table', () => {
    assert.equal(
      egressOf({ routes: 'unreachable default metric 4294967295\n', nfmark: MARK }),
      'unreachable',
    );
    assert.equal(egressOf({ routes: '', nfmark: MARK }), 'unreachable');
  });

  it('lets marked packets out by main where the table is empty and no rule stands behind it', () => {
    const ipRules = RULES.replace(/^.*0x80000000 unreachable\n/m, '');
    assert.equal(egressOf({ ipRules, routes: '', nfmark: MARK }), 'main');
  });

  it('takes the route of the lowest metric, in whatever order they stand', () => {
    const routes =
      'default dev slow metric 20\ndefault dev fast scope link metric 3\nunreachable default metric 10\n';
    assert.equal(egressOf({ routes, nfmark: MARK }), 'device fast');
  });

  it('takes a route without a metric for one of metric 0', () => {
    const routes = 'default dev slow metric 1\ndefault dev fast\n';
    assert.equal(egressOf({ routes, nfmark: MARK }), 'device fast');
  });

  it('refuses a packet that no rule has a route for', () => {
    assert.equal(egressOf({ ipRules: '' }), 'unreachable');
    assert.equal(
      egressOf({ ipRules: '0:\tfrom all lookup local\n7:\tfrom all lookup default\n' }),
      'unreachable',
    );
  });

  const doubtful = [
    'from 10.9.1.0/24 lookup main',
    'from all to 192.168.0.0/16 lookup main',
    'not from all fwmark 0x80000000/0x80000000 lookup main',
    'from all fwmark what lookup main',
    'from all iif mast0 goto 9',
    'from all lookup 99',
    'from all lookup main suppress_prefixlength 0',
  ];
  for (const words of doubtful) {
    it(`doubts a rule such as: ${words}`, () => {
      const rule = `7:\t${words}`;
      const decapsulated = forwarded({ inInterface: 'mast0' });
      const { egress, doubts } = route({ ipRules: `${rule}\n${RULES}`, packet: decapsulated });
      assert.deepEqual([egress.kind, doubts], ['main', [rule]]);
    });
  }

  it('does not doubt a rule that cannot be for the packet, whatever it does', () => {
    const rules = ['from 10.9.1.0/24 fwmark 0x1 lookup 99', 'from all iif eth9 goto 9'];
    const ipRules = `${rules.map((words) => `7:\t${words}\n`).join('')}${RULES}`;
    assert.equal(egressOf({ ipRules, nfmark: 2 }), 'main');
  });

  it('doubts whether a rule of a device is for a packet whose device is not known', () => {
    const unknown = packet({ hook: 'PREROUTING', srcIsLocal: false });
    const { egress, doubts } = route({ packet: unknown });
    assert.equal(egress.kind, 'main');
    assert.equal(doubts.length, 2);
  });

  it('doubts a table with a route to a part of the world', () => {
    const routes = `10.77.0.0/16 dev eth0 scope link\n${ROUTES}`;
    const { egress, doubts } = route({ routes, nfmark: MARK });
    assert.equal(egress.kind, 'unreachable');
    assert.deepEqual(doubts, ['32765:\tfrom all fwmark 0x80000000/0x80000000 lookup 50']);
  });
});
