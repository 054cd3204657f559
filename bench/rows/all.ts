import type { Row } from '../row.ts';
import { applyEmpty } from './apply-empty.ts';
import { applyNothing } from './apply-nothing.ts';
import { bringUp } from './bring-up.ts';
import { check } from './check.ts';
import { inbound } from './inbound.ts';
import { onward } from './onward.ts';
import { oneChange } from './one-change.ts';
import { outage } from './outage.ts';
import { packet } from './packet.ts';
import { parser } from './parser.ts';
import { revert } from './revert.ts';
import { startup } from './startup.ts';
import { verify } from './verify.ts';

/** What a packet pays, what a run pays, what a change pays and what it does to flows, and what any run starts with. */
export const ROWS: readonly Row[] = [
  packet,
  inbound,
  onward,
  applyEmpty,
  applyNothing,
  bringUp,
  oneChange,
  outage,
  revert,
  check,
  verify,
  parser,
  startup,
];
