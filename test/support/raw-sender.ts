import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { addressText } from '../../src/domain/cidr.ts';
import type { Packet } from '../../src/domain/packet.ts';
import type { Namespace } from '../../src/system/namespace.ts';

/** What Node has no socket for: any protocol, any source address, any device, a mark of one's own. */
interface RawDatagram extends Pick<Packet, 'src' | 'dst' | 'protocol' | 'sport' | 'dport'> {
  /** Its SO_MARK. */
  readonly nfmark?: number;
  /** Where it has to leave; absent: as the routes say. */
  readonly device?: string;
  readonly copies: number;
}

/** A process that stays, for many batches. Each call ends when all datagrams are with the kernel. */
export interface RawSender {
  send(datagrams: readonly RawDatagram[]): Promise<void>;
  close(): Promise<void>;
}

/** Perl is on every Debian, in perl-base. Numbers of options: include/uapi/asm-generic/socket.h, linux/in.h. */
const PROGRAM = String.raw`
use strict;
use Socket;
my ($SO_BINDTODEVICE, $SO_MARK, $IP_TRANSPARENT) = (25, 36, 19);
$| = 1;
sub deliver {
  my ($protocol, $src, $sport, $dst, $dport, $mark, $device, $copies) = split / /, shift;
  socket(my $socket, PF_INET, $protocol == 17 ? SOCK_DGRAM : SOCK_RAW, $protocol) or return "socket: $!";
  setsockopt($socket, 0, $IP_TRANSPARENT, 1) or return "IP_TRANSPARENT: $!";
  !$mark or setsockopt($socket, SOL_SOCKET, $SO_MARK, pack('I', $mark)) or return "SO_MARK: $!";
  $device eq '-' or setsockopt($socket, SOL_SOCKET, $SO_BINDTODEVICE, $device) or return "device: $!";
  bind($socket, pack_sockaddr_in($sport, inet_aton($src))) or return "bind: $!";
  for (1 .. $copies) {
    send($socket, 'saref-mark probe', 0, pack_sockaddr_in($dport, inet_aton($dst))) or return "send: $!";
  }
  return ();
}
while (my $batch = <STDIN>) {
  chomp $batch;
  print join(';', map { my $line = $_; map { "$line: $_" } deliver($line) } split(/;/, $batch)), "\n";
}
`;

export function openRawSender({ prefix: [file, ...args] }: Namespace): RawSender {
  const child = spawn(file, [...args, 'perl', '-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async send(datagrams) {
      child.stdin.write(`${datagrams.map(lineOf).join(';')}\n`);
      const { value } = (await answers.next()) as { value: string | undefined };
      if (value !== '') throw new Error(`not all was sent: ${String(value)}`);
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

function lineOf({ protocol, src, sport = 0, dst, dport = 0, nfmark = 0, ...rest }: RawDatagram): string {
  const ends = [addressText(src), sport, addressText(dst), dport];
  return [protocol, ...ends, nfmark, rest.device ?? '-', rest.copies].join(' ');
}
