import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { checkBadNetwork } from './checks/bad-network.ts';
import { checkConnLength } from './checks/conn-length.ts';
import { checkDuplicateEntry } from './checks/duplicate-entry.ts';
import { checkHostBits } from './checks/host-bits.ts';
import { checkSarefRange } from './checks/saref-range.ts';
import { checkUnknownConn } from './checks/unknown-conn.ts';
import type { Policy } from './policy.ts';

const CHECKS = [
  checkSarefRange,
  checkUnknownConn,
  checkConnLength,
  checkDuplicateEntry,
  checkBadNetwork,
  checkHostBits,
];

/** What the shape cannot say. All checks run: ten mistakes are ten diagnostics. */
export function checkPolicy(policy: Policy): Diagnostic[] {
  return CHECKS.flatMap((check) => check(policy));
}
