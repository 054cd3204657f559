import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';

/** Which code has run: V8 counts each block of it. */
export interface Coverage {
  /**
   * How many characters of code have run since the last call that had not before.
   *
   * @param isKept whether they count as known from now on
   */
  news(isKept: boolean): number;
  /** Of all that has been kept. */
  total(): number;
  close(): void;
}

/** @param isOfInterest by the URL of a module */
export function openCoverage(isOfInterest: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known = new Map<string, Uint8Array>();
  return {
    news(isKept) {
      const scripts = taken(session).filter(({ url }) => isOfInterest(url));
      return sum(scripts.map((script) => newsOf(script, known, isKept)));
    },
    total: () => sum([...known.values()].map((seen) => seen.filter((one) => one === 1).length)),
    close() {
      session.disconnect();
    },
  };
}

/** The inspector of the own thread answers at once. */
function taken(session: Session): Profiler.ScriptCoverage[] {
  let scripts: Profiler.ScriptCoverage[] = [];
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error !== null) throw error;
    scripts = result;
  });
  return scripts;
}

function newsOf(
  { url, functions }: Profiler.ScriptCoverage,
  known: Map<string, Uint8Array>,
  isKept: boolean,
): number {
  const seen = known.get(url) ?? new Uint8Array(readFileSync(fileURLToPath(url), 'utf8').length);
  known.set(url, seen);
  const now = new Uint8Array(seen.length);
  // outer blocks come before those inside them, which say it better
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  let news = 0;
  // some hundred thousand of them, for each batch
  for (let at = 0; at < seen.length; at += 1) {
    if (now[at] === 0 || seen[at] === 1) continue;
    news += 1;
    if (isKept) seen[at] = 1;
  }
  return news;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
