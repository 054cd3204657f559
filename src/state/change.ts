import type { Step } from '../delta/step.ts';
import { fieldsOf, isSavedHost } from './saved-host.ts';
import type { SavedHost } from './saved-host.ts';

/** Of the file's form. A field may be added; one that changes or goes raises it. */
const VERSION = 1;

const COMMANDS = ['apply', 'remove', 'rollback', 'revert', 'recover'] as const;

/** Who changes what, when and why: known before the first write. */
export interface Occasion {
  readonly command: (typeof COMMANDS)[number];
  /** ISO 8601, by the clock of that time: to be read, never to be reckoned with. */
  readonly when: string;
  readonly who: string;
  readonly pid: number;
  readonly backend: string;
  /** Absent where no policy is applied. */
  readonly policy?: { readonly name: string; readonly digest: string } | undefined;
}

/** One change of a host: a journal while it is under way, and history when it is done. */
export interface Change extends Occasion {
  readonly version: typeof VERSION;
  /** What is ours to touch, and what there is of it before and after. */
  readonly ours: SavedHost;
  readonly before: SavedHost;
  readonly after: SavedHost;
  /** Fingerprints of all states on the way, the first and the last included. */
  readonly stages: readonly string[];
  readonly steps: readonly Step[];
  /** Rules in chains of ours when it is done. */
  readonly rules: number;
}

export function printChange(change: Omit<Change, 'version'>): string {
  return `${JSON.stringify({ version: VERSION, ...change, steps: change.steps.map(withoutOrigins) })}\n`;
}

/** The policy that caused a line is not kept. */
function withoutOrigins(step: Step): Step {
  return 'origins' in step ? { ...step, origins: [] } : step;
}

/** Undefined for what was damaged, or written by a version that this one does not know. */
export function parseChange(text: string): Change | undefined {
  const value = parseJson(text);
  const { version, command, when, who, pid, backend, ours, before, after, ...rest } = fieldsOf(value);
  const { stages, steps, rules } = rest;
  const isWhole =
    version === VERSION &&
    COMMANDS.some((known) => known === command) &&
    [when, who, backend].every((field) => typeof field === 'string') &&
    [pid, rules].every((field) => typeof field === 'number') &&
    [ours, before, after].every(isSavedHost) &&
    [stages, steps].every((field) => Array.isArray(field));
  return isWhole ? (value as Change) : undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
