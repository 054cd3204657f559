import assert from 'node:assert/strict';
import { parseRule } from '../../../src/iptables/parse-rule.ts';
import type { Sighting } from '../../../src/trace/match.ts';
import { matchesRule } from '../../../src/trace/match.ts';
import type { Truth } from '../../../src/trace/truth.ts';
import { forwarded, packet, withoutPorts } from '../../support/packets.ts';

/** Udp 10.9.1.1:500 to 192.168.0.1:53 with bits of others, in at eth1 and out at a device that is not known. */
const SIGHTING: Sighting = {
  packet: forwarded({ sport: 500, dport: 53 }),
  nfmark: 0x1234,
  ctmark: 0x80070000,
  inInterface: 'eth1',
  outInterface: undefined,
};

const TCP: Sighting = { ...SIGHTING, packet: forwarded({ protocol: 6, sport: 500, dport: 53 }) };
const ESP: Sighting = { ...SIGHTING, packet: withoutPorts(forwarded({ protocol: 50 })) };
const SENT: Sighting = {
  ...SIGHTING,
  packet: packet({ uid: 34, gid: 7, cgroup: 'a/b', dscp: 46 }),
  inInterface: '',
};
const STRAY: Sighting = { ...SENT, packet: packet({ protocol: 6, isStray: true }) };
const ANSWER: Sighting = { ...SIGHTING, packet: forwarded({ direction: 'reply' }) };
const LOCAL: Sighting = {
  packet: packet({ dstIsLocal: true }),
  nfmark: 0x80010000,
  ctmark: 0,
  inInterface: '',
  outInterface: 'mast0',
};

describe('matchesRule', () => {
  const cases: readonly (readonly [Truth, string, Sighting?])[] = [
    ['yes', '-j RETURN'],
    ['yes', '-m conntrack --ctdir ORIGINAL -j RETURN'],
    ['no', '-m conntrack --ctdir REPLY -j RETURN'],
    ['maybe', '-m conntrack --ctstate NEW --ctdir ORIGINAL -j RETURN'],
    ['maybe', '-m conntrack --ctstate NEW -j RETURN'],
    ['yes', '-s 10.9.1.0/24 -d 192.168.0.1/32 -j RETURN'],
    ['no', '-s 10.9.2.0/24 -d 192.168.0.1/32'],
    ['no', '-s 10.9.1.0/24 -d 192.168.0.2/32'],
    ['no', '! -s 10.9.1.0/24'],
    ['yes', '! -s 10.9.2.0/24'],
    ['yes', '-p udp'],
    ['yes', '-p 17'],
    ['no', '-p tcp'],
    ['yes', '! -p tcp'],
    ['maybe', '-p mystery'],
    ['maybe', '! -p mystery'],
    ['yes', '-i eth1'],
    ['no', '-i eth10'],
    ['no', '-i eth'],
    ['yes', '-i eth+'],
    ['yes', '-i +'],
    ['no', '-i mast+'],
    ['no', '! -i eth1'],
    ['maybe', '-o mast0'],
    ['maybe', '! -o mast0'],
    ['no', '-s 10.9.2.0/24 -o mast0'],
    ['yes', '-o mast0', LOCAL],
    ['no', '-i eth1', LOCAL],
    ['yes', '-m mark --mark 0x0/0x80000000'],
    ['no', '-m mark --mark 0x80000000/0x80000000'],
    ['yes', '-m mark ! --mark 0x80000000/0x80000000'],
    ['yes', '-m mark --mark 0x1234'],
    ['yes', '-m mark --mark 0x80010000/0xffff0000', LOCAL],
    ['yes', '-m owner --uid-owner 34', SENT],
    ['yes', '-m owner --uid-owner 30-40 --gid-owner 7', SENT],
    ['no', '-m owner --uid-owner 34 --gid-owner 8', SENT],
    ['no', '-m owner --uid-owner 34'],
    ['yes', '-m owner ! --uid-owner 33', SENT],
    ['maybe', '-m owner --uid-owner 34 --suppl-groups', SENT],
    ['yes', '-m conntrack --ctstate INVALID,NEW -m owner ! --socket-exists', STRAY],
    ['yes', '-m owner ! --socket-exists -m conntrack --ctstate NEW,INVALID', STRAY],
    ['no', '-d 10.0.0.0/8 -m conntrack --ctstate INVALID,NEW -m owner ! --socket-exists', STRAY],
    ['no', '-m conntrack --ctstate INVALID,NEW -m owner ! --socket-exists', SENT],
    ['no', '-m conntrack --ctstate INVALID,NEW -m owner ! --socket-exists', LOCAL],
    ['maybe', '-m conntrack --ctstate INVALID,NEW -m owner --socket-exists', STRAY],
    ['maybe', '-m conntrack --ctstate NEW -m owner ! --socket-exists', STRAY],
    ['no', '-m owner --uid-owner 34', STRAY],
    ['yes', '-m cgroup --path "a"', SENT],
    ['yes', '-m cgroup --path "a/b"', SENT],
    ['no', '-m cgroup --path "a/bc"', SENT],
    ['no', '-m cgroup --path "a"'],
    ['maybe', '-m cgroup --cgroup 7', SENT],
    ['yes', '-m dscp --dscp 0x2e', SENT],
    ['no', '-m dscp --dscp 0x2e'],
    ['yes', '-m dscp --dscp 0x00'],
    ['yes', '-m conntrack --ctdir ORIGINAL'],
    ['no', '-m conntrack --ctdir ORIGINAL', ANSWER],
    ['yes', '-m conntrack --ctdir REPLY', ANSWER],
    ['maybe', '-m conntrack --ctstate NEW --ctdir ORIGINAL'],
    ['no', '-m conntrack --ctstate NEW --ctdir REPLY'],
    ['yes', '-m connmark --mark 0x80070000/0xffff0000'],
    ['no', '-m connmark --mark 0x80070000/0xffff0000', LOCAL],
    ['yes', '-m connmark ! --mark 0x80070000/0xffff0000', LOCAL],
    ['yes', '-m comment --comment whatever'],
    ['yes', '-p udp -m udp'],
    ['yes', '-p udp -m udp --sport 500 --dport 50:53'],
    ['no', '-p udp -m udp --sport 500 --dport 54'],
    ['no', '-p udp -m udp --sport 501 --dport 53'],
    ['yes', '-p udp -m udp ! --sport 501'],
    ['no', '-p udp -m udp ! --sport 500 ! --dport 53'],
    ['yes', '-p udp -m udp ! --sport 501 ! --dport 54'],
    // iptables-nft 1.8.9 makes "not both" of it
    ['maybe', '-p udp -m udp ! --sport 500 ! --dport 54'],
    ['maybe', '-p udp -m udp ! --sport 501 ! --dport 53'],
    ['no', '-p udp -m udp ! --sport 500:501 ! --dport 54'],
    ['no', '-p udp -m udp ! --sport 500 --dport 53'],
    ['no', '-p udp -m udp ! --sport 500 ! --dport 0'],
    ['no', '-m udp --sport 500', TCP],
    ['yes', '-p tcp -m tcp --sport 500 --dport 53', TCP],
    ['no', '-p tcp -m tcp --sport 500 --dport 53'],
    ['no', '-p tcp -m tcp --dport 54 --tcp-flags FIN,SYN,RST,ACK SYN', TCP],
    ['maybe', '-p tcp -m tcp --dport 53 --tcp-flags FIN,SYN,RST,ACK SYN', TCP],
    ['maybe', '-p tcp -m tcp --tcp-option 5', TCP],
    ['yes', '-p udp -m multiport --ports 500,4500'],
    ['yes', '-p udp -m multiport --ports 53'],
    ['no', '-p udp -m multiport --ports 4500,1000:2000'],
    ['no', '-p udp -m multiport ! --ports 53'],
    ['yes', '-p udp -m multiport --sports 4500,500'],
    ['no', '-p udp -m multiport --sports 53'],
    ['yes', '-p udp -m multiport --dports 50:60'],
    ['no', '-p udp -m multiport --dports 500'],
    ['yes', '-m multiport --ports 500', TCP],
    ['no', '-m multiport --ports 500', ESP],
    ['no', '-m multiport --dports 0:65535', ESP],
    ['no', '-m addrtype --dst-type LOCAL'],
    ['yes', '-m addrtype ! --dst-type LOCAL'],
    ['no', '-m addrtype --src-type LOCAL'],
    ['yes', '-m addrtype --dst-type LOCAL', LOCAL],
    ['yes', '-m addrtype --src-type LOCAL --dst-type UNICAST,LOCAL', LOCAL],
    ['no', '-m addrtype --dst-type UNICAST', LOCAL],
    ['maybe', '-m addrtype --dst-type LOCAL --limit-iface-in', LOCAL],
    ['maybe', '-m addrtype --dst-type LOCAL --limit-iface-out', LOCAL],
    // what an address that is not local is, its routes say
    ['maybe', '-m addrtype --dst-type UNICAST'],
    ['maybe', '-m addrtype --dst-type LOCAL,BROADCAST'],
    ['maybe', '-m length --length 7'],
    ['no', '-s 10.9.2.0/24 -m length --length 7'],
    ['yes', '-s 10.9.1.0/255.0.255.0 -j RETURN'],
    ['no', '-s 10.9.7.0/255.0.255.0 -j RETURN'],
    ['maybe', '-s some.name -j RETURN'],
  ];
  for (const [truth, text, sighting = SIGHTING] of cases) {
    const which = new Map([
      [TCP, ' for tcp'],
      [ESP, ' for esp'],
      [LOCAL, ' for a local packet'],
    ]).get(sighting);
    it(`says ${truth} to ${text}${which ?? ''}`, () => {
      assert.equal(matchesRule(parseRule(text), sighting), truth);
    });
  }

  it('says maybe to a rule whose own options cannot be read', () => {
    assert.equal(parseRule('-s some.name -j RETURN').kind, 'opaque');
  });
});
