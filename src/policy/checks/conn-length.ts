import { commentOf, LONGEST_COMMENT } from '../../domain/conn-name.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy } from '../policy.ts';

/** SM1303: the conn stands in a comment of its rules, and iptables cuts a longer one off without a word. */
export function checkConnLength(policy: Policy): Diagnostic[] {
  return policy.entries
    .map(({ conn }) => conn)
    .filter(({ value }) => commentOf(value).length > LONGEST_COMMENT)
    .map(({ span, value }) => {
      const text = `has ${String(commentOf(value).length)} bytes; a comment of iptables has ${String(LONGEST_COMMENT)}`;
      const detail =
        'The conn stands in the comment of its rules, and iptables cuts off what is too long without a word.';
      return { code: 'SM1303', labels: [{ span, text }], detail };
    });
}
