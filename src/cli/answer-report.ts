import { hexOf } from '../domain/mark.ts';
import { packetText } from '../domain/packet.ts';
import type { AnswerProbes } from '../rehearse/answer-probes.ts';
import type { AnswerVerdict } from '../rehearse/judge-answer.ts';
import { packetColumns } from './packet-columns.ts';

/** What became of answers. */
export type Answers = Pick<AnswerProbes, 'conns' | 'tried'> & { readonly verdicts: readonly AnswerVerdict[] };

/** Conn by conn, as entry by entry; nothing where the entries decide about answers. */
export function answersText({ conns, tried, verdicts }: Answers, device: string): string[] {
  const groups = groupsOf(verdicts).map(
    ([conn, own]) => `answers to ${conn}\n${own.map((verdict) => verdictLine(verdict, device)).join('')}`,
  );
  return tried === conns
    ? groups
    : [...groups, `answers to ${String(tried)} of ${String(conns)} conns were tried\n`];
}

export function answersJson({ conns, tried, verdicts }: Answers): object {
  return {
    ...{ conns, tried },
    packets: verdicts.map(({ probe, count, diagnostic }) => ({
      ...{
        conn: probe.conn,
        kind: probe.kind,
        packet: packetText(probe.answer),
        wanted: hexOf(probe.wanted),
      },
      counted: typeof count.nfmark === 'number' ? hexOf(count.nfmark) : count.nfmark,
      onMast: count.onMast,
      elsewhere: count.elsewhere,
      ok: diagnostic === undefined,
    })),
  };
}

function groupsOf(verdicts: readonly AnswerVerdict[]): [string, AnswerVerdict[]][] {
  const groups = new Map<string, AnswerVerdict[]>();
  for (const verdict of verdicts) {
    const { conn } = verdict.probe;
    groups.set(conn, [...(groups.get(conn) ?? []), verdict]);
  }
  return [...groups];
}

function verdictLine({ probe, count, diagnostic }: AnswerVerdict, device: string): string {
  const { kind, answer, wanted } = probe;
  return packetColumns(
    { name: kind, packet: answer, wanted, count, isRight: diagnostic === undefined },
    device,
  );
}
