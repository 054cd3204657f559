import type { Code } from './codes.ts';
import { HOST } from './explanations/host.ts';
import { POLICY } from './explanations/policy.ts';
import { SELECTORS } from './explanations/selectors.ts';

/**
 * The long form of each code, for `saref-mark explain`. Examples are indented by four blanks, those of
 * policies behind a line `Wrong:` or `Right:`; tests hold them against the checks.
 */
export const EXPLANATIONS: Readonly<Record<Code, string>> = { ...POLICY, ...SELECTORS, ...HOST };
