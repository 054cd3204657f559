import {
  addressTypes,
  hostOrNetwork,
  network,
  numberRange,
  portList,
  portRange,
  protocol,
  protocolNumber,
  SYN,
  tcpFlags,
} from '../../../../src/iptables/codecs/network.ts';
import { itReads } from '../../../support/it-reads.ts';

describe('codecs of the network', () => {
  itReads('read a network, and print its prefix length always', network, [
    ['10.1.2.3', '10.1.2.3/32'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['::1', '::1/128'],
    ['host.example', undefined],
  ]);

  itReads(
    'keep the host of a network, and print a single address without a prefix length, where extensions do',
    hostOrNetwork,
    [
      ['10.1.2.3/32', '10.1.2.3'],
      ['10.1.2.3/31', '10.1.2.3/31'],
      ['2001:DB8::1/128', '2001:db8::1'],
      ['2001:db8::1/64', '2001:db8::1/64'],
      ['', undefined],
    ],
  );

  itReads('read a protocol in any case, and print the names that every version prints', protocol, [
    ['TCP', 'tcp'],
    ['17', 'udp'],
    ['gre', '47'],
    ['ipv6-icmp', 'ipv6-icmp'],
    ['256', undefined],
    ['nonsense', undefined],
  ]);

  itReads('print the protocol as a number where extensions do', protocolNumber, [
    ['tcp', '6'],
    ['47', '47'],
    ['-1', undefined],
  ]);

  itReads('read a range of ports, open at either end or named', portRange, [
    ['500', '500'],
    ['1000:1999', '1000:1999'],
    [':1024', '0:1024'],
    ['1024:', '1024:65535'],
    ['80:80', '80'],
    ['http', '80'],
    ['ssh:http', '22:80'],
    ['0x50', '80'],
    ['010', '8'],
    ['0:65535', '0:65535'],
    ['70000', undefined],
    ['1:70000', undefined],
    ['2:1', undefined],
    ['1:2:3', undefined],
    ['nosuch', undefined],
    ['1:nosuch', undefined],
    [':', undefined],
    ['', undefined],
  ]);

  itReads('read a list of ports in its order, each range with both ends', portList, [
    ['443,80', '443,80'],
    ['https,1000:1999', '443,1000:1999'],
    [':80', undefined],
    ['80:', undefined],
    ['80,', undefined],
    ['80,2:1', undefined],
  ]);

  itReads('read a range of 32-bit numbers, open at either end', numberRange(':'), [
    ['5', '5'],
    ['0x10:0x20', '16:32'],
    ['5:5', '5'],
    ['500:', '500:4294967295'],
    [':500', '0:500'],
    [':', undefined],
    ['', undefined],
    ['500:zz', undefined],
    ['zz', undefined],
    ['6:5', undefined],
    ['1:2:3', undefined],
    ['4294967296', undefined],
  ]);

  itReads('read a range of ids, with both ends', numberRange('-'), [
    ['5-5', '5'],
    ['0-99', '0-99'],
    ['5-', undefined],
    ['-5', undefined],
    ['-', undefined],
    ['root', undefined],
    ['5:6', undefined],
  ]);

  itReads("print types of addresses in the kernel's order", addressTypes, [
    ['local,UNICAST', 'UNICAST,LOCAL'],
    ['nosuch', undefined],
  ]);

  itReads('read two lists of TCP flags', tcpFlags, [
    ['SYN,ACK SYN', 'SYN,ACK SYN'],
    ['ack,syn,fin NONE', 'FIN,SYN,ACK NONE'],
    ['ALL none', 'FIN,SYN,RST,PSH,ACK,URG NONE'],
    ['NONE ALL', 'NONE FIN,SYN,RST,PSH,ACK,URG'],
    ['ECE SYN', undefined],
    ['SYN ECE', undefined],
    ['SYN', undefined],
  ]);

  itReads('know what --syn stands for', SYN, [['', 'FIN,SYN,RST,ACK SYN']]);
});
