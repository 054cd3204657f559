import assert from 'node:assert/strict';
import { addressText } from '../../../src/domain/cidr.ts';
import type { Packet } from '../../../src/domain/packet.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { trace } from '../../../src/trace/trace.ts';
import { hostOf, mangleText } from '../../support/hosts.ts';
import { forwarded, packet } from '../../support/packets.ts';

function traced(mangle: string, one: Packet): Trace {
  return trace(
    hostOf({
      mangle,
      ipRules:
        '0:\tfrom all lookup local\n7:\tfrom all fwmark 0x80000000/0x80000000 lookup 50\n9:\tfrom all lookup main\n',
      routes: 'default dev mast0 scope link\n',
    }),
    one,
  );
}

/** The chains that a packet comes through: each one counts it. */
function chainsOf(one: Packet, mangle = ''): string[] {
  const chains = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
  const { path } = traced(`${mangle}\n${chains.map((chain) => `-A ${chain}`).join('\n')}`, one);
  return path.map(({ chain }) => chain);
}

const MARK_ALL = '-j MARK --set-xmark 0x80010000/0xffff0000';

describe('trace', () => {
  it('lets nat send a packet elsewhere behind mangle, and goes on with the new destination', () => {
    const nat = '-A OUTPUT -d 192.168.0.0/24 -m mark --mark 0x7 -j NETMAP --to 10.7.7.0/24';
    const mangle = '-A OUTPUT -d 192.168.0.1 -j MARK --set-mark 7\n-A POSTROUTING -d 10.7.7.1';
    const host = hostOf({ mangle, nat: mangleText(nat).replace('mangle', 'nat') });
    const way = trace({ ...host, ipRules: [{ priority: 1, words: 'from all lookup main' }] }, packet());
    assert.deepEqual([addressText(way.dst), way.path.length, way.doubts], ['10.7.7.1', 3, []]);
    assert.equal(addressText(trace(host, packet({ direction: 'reply' })).dst), '192.168.0.1');
  });

  it('does not ask nat about what mangle drops', () => {
    const nat = mangleText('-A PREROUTING -j NETMAP --to 10.7.7.0/24').replace('mangle', 'nat');
    const { dst, path } = trace(hostOf({ mangle: '-A PREROUTING -j DROP', nat }), forwarded());
    assert.deepEqual([addressText(dst), path.length], ['192.168.0.1', 1]);
  });

  it('doubts what others do in nat for marked packets alone', () => {
    const nat = mangleText('-A OUTPUT -j DNAT --to-destination 10.7.7.7').replace('mangle', 'nat');
    const doubtsOf = (nfmark: number): readonly string[] =>
      trace(hostOf({ mangle: '', nat }), packet({ nfmark })).doubts;
    assert.deepEqual(doubtsOf(0), []);
    assert.deepEqual(doubtsOf(0x80010000), ['-A OUTPUT -j DNAT --to-destination 10.7.7.7']);
  });

  it('leads a packet of this host through OUTPUT and POSTROUTING', () => {
    assert.deepEqual(chainsOf(packet()), ['OUTPUT', 'POSTROUTING']);
    assert.deepEqual(chainsOf(packet({ dstIsLocal: true })), ['OUTPUT', 'POSTROUTING']);
  });

  it('leads a packet from elsewhere through FORWARD, or to INPUT where it is for this host', () => {
    assert.deepEqual(chainsOf(forwarded()), ['PREROUTING', 'FORWARD', 'POSTROUTING']);
    assert.deepEqual(chainsOf(forwarded({ dstIsLocal: true })), ['PREROUTING', 'INPUT']);
  });

  it('routes by the mark that the hook gives', () => {
    const { nfmark, egress, doubts } = traced(`-A OUTPUT ${MARK_ALL}`, packet({ nfmark: 0x12 }));
    assert.deepEqual([nfmark, egress, doubts], [0x80010012, { kind: 'device', device: 'mast0' }, []]);
    assert.deepEqual(traced('', packet()).egress, { kind: 'main' });
  });

  it('does not route again by a mark that a later hook gives', () => {
    const { nfmark, egress } = traced(`-A POSTROUTING ${MARK_ALL}`, packet());
    assert.deepEqual([nfmark, egress], [0x80010000, { kind: 'main' }]);
  });

  it('ends where a hook drops the packet', () => {
    const mangle = `-A PREROUTING ${MARK_ALL}\n-A PREROUTING -j DROP\n-A FORWARD -j ACCEPT`;
    const { nfmark, egress, path } = traced(mangle, forwarded());
    assert.deepEqual([nfmark, egress, path.length], [0x80010000, { kind: 'dropped' }, 2]);
  });

  it('ends where raw drops the packet, and takes zone and mark from there where it does not', () => {
    const raw = (rules: string): string => `*raw\n${rules}\nCOMMIT\n`;
    const dropped = trace(
      hostOf({ mangle: '-A PREROUTING', raw: raw('-A PREROUTING -j DROP') }),
      forwarded(),
    );
    assert.deepEqual([dropped.egress, dropped.path.length], [{ kind: 'dropped' }, 1]);
    const { zone, nfmark } = trace(
      hostOf({
        raw: raw('-A PREROUTING -j CT --zone-orig 7\n-A PREROUTING -j MARK --set-xmark 0x7/0xffffffff'),
      }),
      forwarded(),
    );
    assert.deepEqual([zone, nfmark], [7, 7]);
  });

  it('ends where a later hook drops the packet', () => {
    const { egress, path } = traced('-A FORWARD -j DROP\n-A POSTROUTING -j ACCEPT', forwarded());
    assert.deepEqual([egress, path.map(({ chain }) => chain)], [{ kind: 'dropped' }, ['FORWARD']]);
  });

  it('ends where routing refuses the packet', () => {
    const host = hostOf({ mangle: '-A PREROUTING\n-A FORWARD', ipRules: '7:\tfrom all unreachable\n' });
    const { egress, path } = trace(host, forwarded());
    assert.deepEqual([egress, path.map(({ chain }) => chain)], [{ kind: 'unreachable' }, ['PREROUTING']]);
  });

  it('knows the device that a packet came by up to FORWARD, and the one that it leaves by from there', () => {
    const asks = ['PREROUTING -i eth1', 'FORWARD -i eth1 -o mast0', 'POSTROUTING -o mast0'];
    const mangle = [`-A PREROUTING ${MARK_ALL}`, ...asks.map((ask) => `-A ${ask}`)].join('\n');
    const { path, doubts } = traced(mangle, forwarded());
    assert.deepEqual([path.length, doubts], [4, []]);
  });

  it('knows that INPUT has a device that the packet came by and none that it leaves by', () => {
    const mangle = '-A INPUT -i eth1\n-A INPUT -o eth1';
    const { path, doubts } = traced(mangle, forwarded({ dstIsLocal: true }));
    assert.deepEqual([path.map(({ number }) => number), doubts], [[1], []]);
  });

  it('knows that a packet of this host came by no device', () => {
    const { path, doubts } = traced('-A OUTPUT -i lo', packet());
    assert.deepEqual([path, doubts], [[], []]);
  });

  it('doubts what asks for the device of the main table, and of an OUTPUT that is not routed yet', () => {
    const { doubts } = traced('-A OUTPUT -o eth0 -j DROP\n-A POSTROUTING -o eth0 -j DROP', packet());
    assert.deepEqual(doubts, ['-A OUTPUT -o eth0 -j DROP', '-A POSTROUTING -o eth0 -j DROP']);
  });

  it('collects the doubts of hooks and routing in the order of the way', () => {
    const host = hostOf({
      mangle: '-A PREROUTING -m length --length 7 -j DROP\n-A FORWARD -m length --length 8 -j DROP',
      ipRules: '7:\tfrom 10.0.0.0/8 lookup main\n9:\tfrom all lookup main\n',
    });
    assert.deepEqual(trace(host, forwarded()).doubts, [
      '-A PREROUTING -m length --length 7 -j DROP',
      '7:\tfrom 10.0.0.0/8 lookup main',
      '-A FORWARD -m length --length 8 -j DROP',
    ]);
  });

  it('leads through raw first, whose marks mangle meets, and which may end the way', () => {
    const raw = (rule: string): string => `*raw\n-A PREROUTING ${rule}\nCOMMIT\n`;
    const mangle = '-A PREROUTING -m mark --mark 0x7 -j MARK --set-xmark 0x80010000/0xffff0000';
    const marked = trace(
      hostOf({ mangle, raw: raw('-i eth1 -j MARK --set-xmark 0x7/0xffffffff') }),
      forwarded(),
    );
    assert.deepEqual(
      marked.path.map(({ table, chain }) => `${table} ${chain}`),
      ['raw PREROUTING', 'mangle PREROUTING'],
    );
    assert.equal(marked.nfmark, 0x80010007);
    const dropped = trace(hostOf({ mangle, raw: raw('-j DROP') }), forwarded());
    assert.deepEqual([dropped.egress.kind, dropped.path.length], ['dropped', 1]);
  });
});
