import assert from 'node:assert/strict';
import { toPacket } from '../../../src/domain/packet-text.ts';
import { packetText } from '../../../src/domain/packet.ts';
import { address } from '../../support/addresses.ts';

const OWN = [address('10.9.1.1')];

describe('toPacket', () => {
  it('reads a packet that comes in', () => {
    assert.deepEqual(toPacket('udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1', OWN), {
      kind: 'packet',
      packet: {
        hook: 'PREROUTING',
        inInterface: 'eth1',
        src: address('10.9.1.4'),
        dst: address('192.168.0.10'),
        protocol: 17,
        sport: 4000,
        dport: 53,
        srcIsLocal: false,
        dstIsLocal: false,
        nfmark: 0,
        ctmark: 0,
      },
    });
  });

  it('takes a packet without an interface for one of this host', () => {
    const reading = toPacket('esp 10.9.1.4 -> 192.168.0.10', OWN);
    assert.ok(reading.kind === 'packet');
    assert.deepEqual([reading.packet.hook, reading.packet.srcIsLocal], ['OUTPUT', true]);
    assert.equal('sport' in reading.packet, false);
  });

  it('knows the addresses of this host', () => {
    const to = toPacket('icmp 10.9.1.4 -> 10.9.1.1 in eth1', OWN);
    const from = toPacket('icmp 10.9.1.1 -> 10.9.1.4 in lo', OWN);
    assert.ok(to.kind === 'packet' && from.kind === 'packet');
    assert.deepEqual([to.packet.srcIsLocal, to.packet.dstIsLocal], [false, true]);
    assert.deepEqual([from.packet.srcIsLocal, from.packet.dstIsLocal], [true, false]);
  });

  it('reads the marks that packet and flow carry already, in any order', () => {
    const reading = toPacket('tcp 10.0.0.1:1 -> 10.0.0.2:2 ctmark 2147549184 mark 0x1234 in eth1', []);
    assert.ok(reading.kind === 'packet');
    assert.deepEqual([reading.packet.nfmark, reading.packet.ctmark], [0x1234, 0x80010000]);
  });

  it('reads which way of its flow a packet goes', () => {
    for (const direction of ['original', 'reply'] as const) {
      const reading = toPacket(`esp 1.2.3.4 -> 5.6.7.8 in mast0 direction ${direction}`, []);
      assert.ok(reading.kind === 'packet');
      assert.equal(reading.packet.direction, direction);
    }
  });

  it('reads its DSCP, and who sends it', () => {
    const reading = toPacket('esp 1.2.3.4 -> 5.6.7.8 dscp af31 user 34 group 0 cgroup a/b', []);
    assert.ok(reading.kind === 'packet');
    const { dscp, uid, gid, cgroup } = reading.packet;
    assert.deepEqual({ dscp, uid, gid, cgroup }, { dscp: 26, uid: 34, gid: 0, cgroup: 'a/b' });
  });

  it('reads what is left of a closed socket', () => {
    const reading = toPacket('tcp 1.2.3.4:1 -> 5.6.7.8:2 socket closed', []);
    assert.ok(reading.kind === 'packet');
    assert.equal(reading.packet.isStray, true);
  });

  const whole = [
    'udp 10.9.1.4:4000 -> 192.168.0.10:53',
    'tcp 10.9.1.4:1 -> 10.0.0.2:65535',
    '253 1.2.3.4 -> 5.6.7.8',
  ];
  for (const text of [...whole, 'sctp 10.0.0.1:1 -> 10.0.0.2:2', 'icmp 1.2.3.4 -> 5.6.7.8']) {
    it(`reads what is printed: ${text}`, () => {
      const reading = toPacket(text, []);
      assert.ok(reading.kind === 'packet');
      assert.equal(packetText(reading.packet), text);
    });
  }

  const problems = [
    ['', "'' is not of the form"],
    ['udp 10.9.1.4:4000', 'is not of the form'],
    ['udp 10.9.1.4:4000 -> 192.168.0.10:53 in', 'is not of the form'],
    ['upd 1.2.3.4:1 -> 5.6.7.8:2', "'upd' is no protocol"],
    ['all 1.2.3.4 -> 5.6.7.8', "'all' is no protocol"],
    ['udp 1.2.3:1 -> 5.6.7.8:2', "'1.2.3' is no IPv4 address"],
    ['udp 1.2.3.4:1 -> host:2', "'host' is no IPv4 address"],
    ['udp 1.2.3.4:1 -> 5.6.7.8:65536', "'65536' is no port"],
    ['udp 1.2.3.4:1-2 -> 5.6.7.8:1', "'1-2' is no port"],
    ['udp 1.2.3.4:1:2 -> 5.6.7.8:1', "'1:2' is no port"],
    ['udp 1.2.3.4 -> 5.6.7.8:2', '1.2.3.4 needs a port: 1.2.3.4:4000'],
    ['esp 1.2.3.4 -> 5.6.7.8:2', '5.6.7.8:2 has a port, and its protocol none'],
    [
      'esp 1.2.3.4 -> 5.6.7.8 out eth1',
      "'out' is none of in, mark, ctmark, direction, dscp, user, group, cgroup, socket",
    ],
    ['esp 1.2.3.4 -> 5.6.7.8 dscp 64', "'64' is no DSCP"],
    ['esp 1.2.3.4 -> 5.6.7.8 user root', "'root' is no number of a user"],
    ['esp 1.2.3.4 -> 5.6.7.8 group x', "'x' is no number of a group"],
    ['esp 1.2.3.4 -> 5.6.7.8 in eth1 user 7', 'a packet that comes in has no sender here'],
    ['esp 1.2.3.4 -> 5.6.7.8 in eth1 socket closed', 'a packet that comes in has no sender here'],
    ['esp 1.2.3.4 -> 5.6.7.8 user 7 socket closed', 'what is left of a closed socket has no sender'],
    ['esp 1.2.3.4 -> 5.6.7.8 socket open', "'open' is nothing that a socket may be: closed"],
    ['esp 1.2.3.4 -> 5.6.7.8 direction back', "'back' is no direction: original or reply"],
    ['esp 1.2.3.4 -> 5.6.7.8 in eth1 in eth2', "'in' stands there twice"],
    ['esp 1.2.3.4 -> 5.6.7.8 mark 0x180000000', "'0x180000000' is no mark"],
    ['esp 1.2.3.4 -> 5.6.7.8 mark 4294967296', "'4294967296' is no mark"],
  ] as const;
  for (const [text, complaint] of problems) {
    it(`says what is wrong with: ${text}`, () => {
      const reading = toPacket(text, []);
      assert.ok(reading.kind === 'problem');
      assert.ok(reading.problem.includes(complaint), reading.problem);
    });
  }
});
