import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import type { PlutoConn, PlutoLine, PlutoState } from './pluto-line.ts';
import { parsePlutoLine } from './pluto-line.ts';

export interface PlutoStatus {
  /** In the order in which pluto names them, each conn and each instance once. */
  readonly conns: readonly PlutoConn[];
  /** The stack: only `mast` takes a packet's SA from its nfmark. Absent where the text does not say. */
  readonly kernelInterface: string | undefined;
  /** One where the text is no status at all. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The text of `ipsec auto --status` or `ipsec whack --status`: Openswan 2.6 to 3.0, Libreswan 3.0 to 3.27,
 * and later ones, which have no refs. Total, and linear in the length of the text.
 *
 * A template is a conn without an SA beside its instances.
 */
export function parsePlutoStatus(source: Source): PlutoStatus {
  const lines = linesOf(source).map(parsePlutoLine);
  const said = lines.filter((line) => line !== undefined);
  return {
    conns: connsOf(said),
    kernelInterface: said.find((line) => line.kind === 'kernel interface')?.name,
    diagnostics: said.length === 0 ? [unreadable(source)] : [],
  };
}

function linesOf(source: Source): Span[] {
  const lines: Span[] = [];
  let start = 0;
  for (const line of source.text.split('\n')) {
    lines.push({ source, start, end: start + line.replace(/\r$/, '').length });
    start += line.length + 1;
  }
  return lines;
}

/** A conn is named by a line of its own and by one for each IPsec SA: during a rekey there are two. */
function connsOf(lines: readonly PlutoLine[]): PlutoConn[] {
  const states = new Map(
    lines.filter((line) => line.kind === 'state').map(({ state }) => [state.serial, state]),
  );
  const conns = new Map<string, PlutoConn>();
  for (const line of lines) {
    if (line.kind !== 'conn') continue;
    const { conn, instance = '' } = line.conn;
    const key = `[${instance}]${conn.value}`;
    const known = conns.get(key);
    if (known === undefined || isInstead(line.conn, known, states)) conns.set(key, line.conn);
  }
  return [...conns.values()];
}

/** Whether `next` is what carries the packets of the conn. */
function isInstead(next: PlutoConn, known: PlutoConn, states: ReadonlyMap<number, PlutoState>): boolean {
  if (next.state === undefined || known.state === undefined) return next.state !== undefined;
  const [mine, other] = [next.state.value, known.state.value];
  const ahead = rankOf(states.get(mine)) - rankOf(states.get(other));
  return ahead === 0 ? mine > other : ahead > 0;
}

/** pluto sends by the SA of the newest state; the owner of the eroute is the same but for a moment. */
function rankOf(state: PlutoState | undefined): number {
  return (state?.isNewest === true ? 2 : 0) + (state?.ownsEroute === true ? 1 : 0);
}

function unreadable(source: Source): Diagnostic {
  const { text } = source;
  const isDown = text.includes('Pluto is not running');
  const start = text.length - text.trimStart().length;
  const [first = ''] = text.slice(start).split(/\r?\n/, 1);
  const label = isDown ? 'pluto does not run' : 'not a line of a status';
  return {
    code: 'SM2101',
    labels: [{ span: { source, start, end: start + first.length }, text: label }],
    detail: isDown
      ? 'Only a pluto that runs knows which conns are up, and by which SArefs.'
      : 'A status has a line for each conn and two for each SA. There is none of them here, and so no SAref.',
    help: isDown ? 'start it:\nipsec setup start' : 'see what pluto says:\nipsec auto --status',
  };
}
