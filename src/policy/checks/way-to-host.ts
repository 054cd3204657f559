import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Cidr } from '../../domain/cidr.ts';
import { overlaps } from '../../domain/cidr.ts';
import { packetText } from '../../domain/packet.ts';
import { TCP } from '../../domain/protocol.ts';
import type { Selector } from '../../domain/selector.ts';
import { MADE_HERE } from '../../domain/selector.ts';
import type { Witness } from '../../domain/witness.ts';
import { isCovered, witnessOf } from '../../domain/witness.ts';
import { readableEntries } from '../entry.ts';
import type { Policy } from '../policy.ts';

const SSH_ANSWER: Selector = {
  protocol: TCP,
  sport: [{ first: 22, last: 22 }],
  dport: [{ first: 1024, last: 65_535 }],
  inInterface: MADE_HERE,
};

/**
 * SM1503: an entry for every destination, or for the network that its sources are in, takes what this
 * host answers to those who log in on it, and locks them out.
 */
export function checkWayToHost(policy: Policy): Diagnostic[] {
  return readableEntries(policy).flatMap(({ selector, conn }) => {
    const witness = reachesNeighbours(selector) ? witnessOf([selector, SSH_ANSWER], []) : undefined;
    return witness === undefined ? [] : [locksOut(conn.span, witness)];
  });
}

function reachesNeighbours({ src, dst }: Selector): boolean {
  if (dst === undefined || isEverywhere(dst)) return true;
  return src?.some((from) => from.prefix > 0 && dst.some((to) => overlaps(from, to))) === true;
}

function isEverywhere(networks: readonly Cidr[]): boolean {
  const addresses = networks.reduce((sum, { prefix }) => sum + 2 ** (32 - prefix), 0);
  return addresses >= 2 ** 32 && isCovered({}, [{ dst: networks }]);
}

function locksOut(span: Diagnostic['labels'][number]['span'], witness: Witness): Diagnostic {
  return {
    code: 'SM1503',
    labels: [{ span, text: 'takes what this host answers to its neighbours' }],
    detail: `For example the answer to an ssh login: ${packetText(witness)}.`,
    help: 'where forwarded packets alone are meant, say so by the interface that they come in by:\nin: eth1',
  };
}
