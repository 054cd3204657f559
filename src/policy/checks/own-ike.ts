import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ikeSelectors, ipsecSelectors } from '../../domain/ipsec.ts';
import { AH, ESP, UDP } from '../../domain/protocol.ts';
import type { Selector } from '../../domain/selector.ts';
import { MADE_HERE } from '../../domain/selector.ts';
import { isCovered, witnessOf } from '../../domain/witness.ts';
import type { ReadableEntry } from '../entry.ts';
import { readableEntries } from '../entry.ts';
import type { Policy } from '../policy.ts';

/** Where every IKE daemon listens (RFC 7296, section 2.11). */
const IKE_PORTS = [500, 4500];

/** SM1502: entries and the packets that carry the tunnels do not go together. */
export function checkOwnIke(policy: Policy): Diagnostic[] {
  const { ikePorts } = policy.mast;
  const exempt = ipsecSelectors(ikePorts);
  const exposed = ikeSelectors(IKE_PORTS.filter((port) => !ikePorts.includes(port)));
  return readableEntries(policy).flatMap((entry) => {
    const { selector } = entry;
    // of those that speak of other protocols, too, packets are left
    if (
      OWN.has(selector.protocol) &&
      isCovered({ ...selector, inInterface: selector.inInterface ?? MADE_HERE }, exempt)
    )
      return selector.inInterface === undefined ? [neverLocal(entry)] : [];
    const caught = exposed.find(
      (ike) => witnessOf([selector, ike, { inInterface: MADE_HERE }], []) !== undefined,
    );
    return caught === undefined ? [] : [catchesIke(entry, caught)];
  });
}

const OWN = new Map<number | undefined, string>([
  [UDP, 'IKE'],
  [ESP, 'ESP'],
  [AH, 'AH'],
]);

function neverLocal({ conn, selector: { protocol } }: ReadableEntry): Diagnostic {
  const what = String(OWN.get(protocol));
  return {
    code: 'SM1502',
    labels: [{ span: conn.span, text: `matches nothing but ${what}` }],
    detail: `The ${what} of this host carries the tunnels and is never marked: the entry holds for forwarded packets alone.`,
    help: 'where that is what is meant, say so by the interface that they come in by:\nin: eth1',
  };
}

function catchesIke({ conn }: ReadableEntry, { sport, dport }: Selector): Diagnostic {
  const [port] = [...(sport ?? []), ...(dport ?? [])];
  return {
    code: 'SM1502',
    labels: [{ span: conn.span, text: `takes udp ${String(port?.first)} of this host, too` }],
    detail: 'A tunnel whose IKE goes into itself comes down with the next rekey.',
    help: `add the port to those that are never marked:\nmast: { ike-ports: [500, 4500] }`,
  };
}
