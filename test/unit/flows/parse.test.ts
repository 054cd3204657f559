import assert from 'node:assert/strict';
import { packetText } from '../../../src/domain/packet.ts';
import { parseFlows } from '../../../src/flows/parse.ts';

/** `ctmark: original | reply`, and unread lines behind a question mark. */
function read(...lines: readonly string[]): string[] {
  const { flows, unread } = parseFlows(lines.map((line) => `${line}\n`).join(''));
  return [
    ...flows.map(
      ({ original, reply, ctmark }) =>
        `${ctmark.toString(16)}: ${packetText(original)} | ${packetText(reply)}`,
    ),
    ...unread.map((line) => `? ${line}`),
  ];
}

/** What conntrack 1.4.7 prints on kernel 6.18. */
const SAMPLES: readonly (readonly [string, string])[] = [
  [
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 sport=4005 dport=5 [UNREPLIED] src=10.1.1.2 dst=10.1.1.1 sport=5 dport=4005 mark=2147614720 use=1',
    '80020000: udp 10.1.1.1:4005 -> 10.1.1.2:5 | udp 10.1.1.2:5 -> 10.1.1.1:4005',
  ],
  [
    'tcp      6 119 TIME_WAIT src=10.1.1.1 dst=10.1.1.2 sport=46558 dport=99 src=10.1.1.2 dst=10.1.1.1 sport=99 dport=46558 [ASSURED] mark=2147684916 use=1',
    '80031234: tcp 10.1.1.1:46558 -> 10.1.1.2:99 | tcp 10.1.1.2:99 -> 10.1.1.1:46558',
  ],
  [
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 sport=4007 dport=7 zone-orig=5 [UNREPLIED] src=10.1.1.2 dst=10.1.1.1 sport=7 dport=4007 mark=2147614720 use=1',
    '80020000: udp 10.1.1.1:4007 -> 10.1.1.2:7 | udp 10.1.1.2:7 -> 10.1.1.1:4007',
  ],
  [
    'icmp     1 29 src=10.1.1.1 dst=10.1.1.2 type=8 code=0 id=5889 [UNREPLIED] src=10.1.1.2 dst=10.1.1.1 type=0 code=0 id=5889 mark=2147553844 use=1',
    '80011234: icmp 10.1.1.1 -> 10.1.1.2 | icmp 10.1.1.2 -> 10.1.1.1',
  ],
  [
    'unknown  253 599 src=10.1.1.1 dst=10.1.1.2 [UNREPLIED] src=10.1.1.2 dst=10.1.1.1 mark=2147745792 use=1',
    '80040000: 253 10.1.1.1 -> 10.1.1.2 | 253 10.1.1.2 -> 10.1.1.1',
  ],
  [
    'gre      47 29 src=10.1.1.1 dst=10.1.1.2 srckey=0x0 dstkey=0x7 [UNREPLIED] src=10.1.1.2 dst=10.1.1.1 srckey=0x7 dstkey=0x0 mark=0 use=1',
    '0: 47 10.1.1.1 -> 10.1.1.2 | 47 10.1.1.2 -> 10.1.1.1',
  ],
  [
    'ipv4     2 sctp     132 9 CLOSED src=10.1.1.1 dst=10.1.1.2 sport=7 dport=8 [UNREPLIED] src=10.1.1.2 dst=10.9.1.9 sport=8 dport=1024 mark=0 use=1 id=1073455966',
    '0: sctp 10.1.1.1:7 -> 10.1.1.2:8 | sctp 10.1.1.2:8 -> 10.9.1.9:1024',
  ],
  [
    'udp      17 src=10.1.1.1 dst=10.1.1.2 sport=4 dport=5 packets=1 bytes=29 src=10.1.1.2 dst=10.1.1.1 sport=5 dport=4 packets=0 bytes=0 [OFFLOAD] use=2',
    '0: udp 10.1.1.1:4 -> 10.1.1.2:5 | udp 10.1.1.2:5 -> 10.1.1.1:4',
  ],
];

describe('parseFlows', () => {
  for (const [line, flow] of SAMPLES) {
    it(`reads ${line}`, () => {
      assert.deepEqual(read(line), [flow]);
    });
  }

  it('reads an empty listing', () => {
    assert.deepEqual(read(), []);
  });

  const unread = [
    'conntrack v1.4.7 (conntrack-tools): 7 flow entries have been shown.',
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 sport=4005 dport=5 [UNREPLIED]',
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 src=10.1.1.2 dst=10.1.1.1 sport=5 dport=4005 mark=0',
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 sport=4005 dport=5 src=10.1.1.2 dst=10.1.1.1 sport=5 dport=70000 mark=0',
    'udp      17 29 src=10.1.1 dst=10.1.1.2 sport=4005 dport=5 src=10.1.1.2 dst=10.1.1.1 sport=5 dport=7 mark=0',
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 sport=4005 dport=5 src=10.1.1.2 dst=? sport=5 dport=7 mark=0',
    'udp      17 29 src=10.1.1.1 dst=10.1.1.2 sport=4005 dport=5 src=10.1.1.2 dst=10.1.1.1 sport=5 dport=7 mark=x',
    'udp      317 29 src=10.1.1.1 dst=10.1.1.2 src=10.1.1.2 dst=10.1.1.1 mark=0',
  ];
  for (const line of unread) {
    it(`says that it cannot read ${line}`, () => {
      assert.deepEqual(read(line), [`? ${line}`]);
    });
  }
});
