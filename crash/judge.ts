import { readHost } from '../src/apply/read-host.ts';
import type { Packet } from '../src/domain/packet.ts';
import { packetText } from '../src/domain/packet.ts';
import { markOf, toSaref } from '../src/domain/saref.ts';
import type { HostState } from '../src/host/state.ts';
import { fateOf } from '../test/support/fate.ts';
import { forwarded, packet } from '../test/support/packets.ts';
import type { Ground } from './ground.ts';
import { hostText } from './ground.ts';
import { DESTINATIONS } from './policies.ts';

/** A host in the two ways that it is looked at. */
export interface Seen {
  readonly text: string;
  readonly state: HostState;
}

export async function see(ground: Ground, ours: HostState): Promise<Seen> {
  const [text, { state, diagnostics }] = await Promise.all([hostText(ground), readHost(ground.tools, ours)]);
  if (state === undefined) throw new Error(`the host cannot be read: ${JSON.stringify(diagnostics)}`);
  return { text, state };
}

/** old, new: to the letter. between: each packet goes as in one of them, or nowhere. */
export type Verdict =
  { readonly kind: 'old' | 'new' | 'between' } | { readonly kind: 'loss'; readonly why: string };

export function judge(live: Seen, old: Seen, wanted: Seen): Verdict {
  if (live.text === old.text) return { kind: 'old' };
  if (live.text === wanted.text) return { kind: 'new' };
  const astray = PACKETS.flatMap((one) => strayText(one, [live, old, wanted]) ?? []);
  if (astray.length > 0) return { kind: 'loss', why: astray.join('\n') };
  return { kind: 'between' };
}

/** Line by line, what is not as it was, and what is not there. */
export function differenceText(live: Seen, expected: Seen): string {
  const [has, should] = [live, expected].map(({ text }) => text.split('\n')) as [string[], string[]];
  // the same lines in another order
  if (has.toSorted().join() === should.toSorted().join())
    return has.map((line, at) => (line === should[at] ? '' : `+${line}\n-${should[at] ?? ''}\n`)).join('');
  return [
    ...has.filter((line) => !should.includes(line)).map((line) => `+${line}`),
    ...should.filter((line) => !has.includes(line)).map((line) => `-${line}`),
  ].join('\n');
}

function strayText(one: Packet, [live, old, wanted]: readonly [Seen, Seen, Seen]): string | undefined {
  const [fate, before, after] = [live, old, wanted].map(({ state }) => fateOf(state, one));
  // or as a flow that is decided anew, or follows its conn to another SAref
  const changed = [0, FOLLOWED.get(one.ctmark) ?? 0].map((ctmark) =>
    fateOf(wanted.state, { ...one, ctmark }),
  );
  if (fate === undefined || ['blocked', before, after, ...changed].includes(fate)) return undefined;
  return `${packetText(one)}: ${fate}; before ${before ?? ''}, after ${after ?? ''}`;
}

/** What a flow remembers: nothing, or what it was decided for by the old policy or by the new one. */
const CTMARKS = [0, ...[18, 22, 26, 30].map(nfmarkOf)];

/** The conn of one has the other by the other policy. */
const FOLLOWED = new Map([
  [nfmarkOf(18), nfmarkOf(30)],
  [nfmarkOf(30), nfmarkOf(18)],
]);

/** Made here and forwarded; the first of a flow and later ones; come in by each conn, and their answers. */
const PACKETS: readonly Packet[] = [
  ...DESTINATIONS.flatMap((dst) =>
    CTMARKS.flatMap((ctmark) => [
      packet({ dst, ctmark }),
      packet({ dst, ctmark, protocol: 6 }),
      forwarded({ dst, ctmark, src: '10.9.1.7', inInterface: 'eth0' }),
      packet({ dst, ctmark, direction: 'reply' }),
    ]),
  ),
  ...[17, 21, 25, 29].map((ref) =>
    forwarded({ src: '192.168.0.9', dst: '10.9.1.7', inInterface: 'mast0', nfmark: nfmarkOf(ref) }),
  ),
];

function nfmarkOf(number: number): number {
  const saref = toSaref(number);
  if (saref === undefined) throw new Error(`${String(number)} is no SAref`);
  return markOf(saref).value;
}
