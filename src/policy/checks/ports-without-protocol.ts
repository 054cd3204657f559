import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasPorts } from '../../domain/protocol.ts';
import type { Entry, Policy } from '../policy.ts';

/** SM1405: a port means something in a protocol that has ports, and in that one alone. */
export function checkPortsWithoutProtocol(policy: Policy): Diagnostic[] {
  return policy.entries.flatMap(({ protocol, sport = [], dport = [] }) => {
    const [port] = [...sport, ...dport];
    if (port === undefined || isFine(protocol)) return [];
    return [
      {
        code: 'SM1405',
        labels: [
          { span: port.span, text: 'is a port of which protocol?' },
          ...(protocol === undefined ? [] : [{ span: protocol.span, text: 'has no ports' }]),
        ],
        help: 'proto: tcp, udp, sctp, dccp or udplite; for two of them write two entries',
      },
    ];
  });
}

/** A protocol that cannot be read has a diagnostic of its own. */
function isFine(protocol: Entry['protocol']): boolean {
  return protocol !== undefined && (protocol.value === undefined || hasPorts(protocol.value));
}
