import type { Code } from './codes.ts';
import { CODES } from './codes.ts';
import { HOST } from './explanations/host.ts';
import { NEIGHBOURS } from './explanations/neighbours.ts';
import { POLICY } from './explanations/policy.ts';
import { SENDERS } from './explanations/senders.ts';
import { SELECTORS } from './explanations/selectors.ts';
import { STATE } from './explanations/state.ts';
import { TUNNELS } from './explanations/tunnels.ts';
import { VERIFIED } from './explanations/verified.ts';

/**
 * The long form of each code, for `saref-mark explain`. Examples are indented by four blanks, those of
 * policies behind a line `Wrong:` or `Right:`; tests hold them against the checks.
 */
export const EXPLANATIONS = inOrder({
  ...POLICY,
  ...SELECTORS,
  ...SENDERS,
  ...TUNNELS,
  ...HOST,
  ...VERIFIED,
  ...NEIGHBOURS,
  ...STATE,
});

function inOrder(texts: Readonly<Record<Code, string>>): Readonly<Record<Code, string>> {
  const codes = Object.keys(CODES) as Code[];
  return Object.fromEntries(codes.map((code) => [code, texts[code]])) as Record<Code, string>;
}
