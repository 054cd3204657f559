import type { Mapping } from '../domain/selector-text.ts';
import { networkText } from '../domain/selector-text.ts';
import type { HostState } from '../host/state.ts';
import { liftAliases } from '../lower/nat.ts';

/** Which aliases come and go between two states of a host, in words. */
export function aliasChanges(before: HostState, after: HostState): string[] {
  const textsOf = ({ tables }: HostState, verb: string): string[] =>
    liftAliases(tables.nat).map(
      ({ alias, real }) => `${networkText(alias)} ${verb} an alias of ${networkText(real)}\n`,
    );
  const [gone, kept] = [textsOf(before, 'is no longer'), textsOf(before, 'is now')];
  const [come, left] = [textsOf(after, 'is now'), textsOf(after, 'is no longer')];
  return [...gone.filter((text) => !left.includes(text)), ...come.filter((text) => !kept.includes(text))];
}

/** Those of both, for words about packets that may be of either. */
export function aliasesIn(before: HostState, after: HostState): Mapping[] {
  return [after, before].flatMap(({ tables }) => liftAliases(tables.nat));
}
