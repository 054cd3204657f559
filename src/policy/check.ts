import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { checkAlias } from './checks/alias.ts';
import { checkBadNetwork } from './checks/bad-network.ts';
import { checkBadPort } from './checks/bad-port.ts';
import { checkBadProtocol } from './checks/bad-protocol.ts';
import { checkConnLength } from './checks/conn-length.ts';
import { checkDuplicateEntry } from './checks/duplicate-entry.ts';
import { checkHostBits } from './checks/host-bits.ts';
import { checkNoSelector } from './checks/no-selector.ts';
import { checkPortsWithoutProtocol } from './checks/ports-without-protocol.ts';
import { checkOver } from './checks/over.ts';
import { checkOverlap } from './checks/overlap.ts';
import { checkOwnIke } from './checks/own-ike.ts';
import { checkSarefRange } from './checks/saref-range.ts';
import { checkSender } from './checks/sender.ts';
import { checkShadowedEntry } from './checks/shadowed-entry.ts';
import { checkSocket } from './checks/socket.ts';
import { checkSourceOfRoute } from './checks/source-of-route.ts';
import { checkTooManyConns } from './checks/too-many-conns.ts';
import { checkUnknownNetwork } from './checks/unknown-network.ts';
import { checkWayToHost } from './checks/way-to-host.ts';
import type { Policy } from './policy.ts';

const CHECKS = [
  checkSarefRange,
  checkTooManyConns,
  checkConnLength,
  checkNoSelector,
  checkDuplicateEntry,
  checkBadNetwork,
  checkHostBits,
  checkUnknownNetwork,
  checkAlias,
  checkBadProtocol,
  checkBadPort,
  checkPortsWithoutProtocol,
  checkSender,
  checkSocket,
  checkOver,
  checkSourceOfRoute,
  checkShadowedEntry,
  checkOverlap,
  checkOwnIke,
  checkWayToHost,
];

/** What the shape cannot say. All checks run: ten mistakes are ten diagnostics. */
export function checkPolicy(policy: Policy): Diagnostic[] {
  return CHECKS.flatMap((check) => check(policy));
}
