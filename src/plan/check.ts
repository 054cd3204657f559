import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { checkMissingRef } from './checks/missing-ref.ts';
import { checkOuterPeer } from './checks/outer-peer.ts';
import { checkPortlessProtocol } from './checks/portless-protocol.ts';
import { checkSeveralInstances } from './checks/several-instances.ts';
import { checkSharedSaref } from './checks/shared-saref.ts';
import { checkUnknownConn } from './checks/unknown-conn.ts';
import type { SarefTable } from './saref-table.ts';

const CHECKS = [
  checkUnknownConn,
  checkOuterPeer,
  checkSeveralInstances,
  checkSharedSaref,
  checkMissingRef,
  checkPortlessProtocol,
];

/** What a policy and a table of SArefs say to each other. */
export function checkSarefTable(policy: Policy, table: SarefTable): Diagnostic[] {
  return CHECKS.flatMap((check) => check(policy, table));
}
