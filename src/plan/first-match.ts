import type { MatchQuery } from '../domain/overlap-index.ts';
import { matchesIn } from '../domain/overlap-index.ts';
import { oncePer } from '../domain/once.ts';
import type { Packet } from '../domain/packet.ts';
import { matchesSelector } from '../domain/selector.ts';
import type { ActiveEntry } from './plan.ts';

/** To look for one of so few in an index takes longer than to ask each. */
const FEW = 16;

/** The first entry of a list that matches a packet. Of a long list those alone are asked that may. */
export function firstMatch(entries: readonly ActiveEntry[], packet: Packet): ActiveEntry | undefined {
  if (entries.length <= FEW) return entries.find(({ selector }) => matchesSelector(selector, packet));
  const [place] = matchesAmong(entries)(packet);
  return place === undefined ? undefined : entries[place];
}

const matchesAmong = oncePer((entries: readonly ActiveEntry[]): MatchQuery =>
  matchesIn(entries.map(({ selector }) => selector)),
);
