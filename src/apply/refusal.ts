/** Whether a table, in a place where it harms nobody, takes scripts for iptables-restore one after the other. */
export type Trial = (scripts: readonly string[]) => Promise<boolean>;

/** The line that the kernel does not want: of the script, or of the table as it stands. */
export interface Refused {
  readonly where: 'script' | 'table';
  readonly text: string;
  /** Counted from 0. */
  readonly index: number;
}

interface Attempted {
  /** The table before, as iptables-save prints it. */
  readonly table: string;
  readonly script: string;
  /** Whether a line of the script is one of those to choose from; the others stay. */
  readonly isSuspect: (index: number) => boolean;
}

/**
 * iptables-restore often names COMMIT alone, for it is the kernel that refuses, and all at once. So
 * the lines are tried: with how many of them, from the first on, does it begin to refuse? Undefined
 * where it is not for one of them, or where it does not refuse any more.
 */
export async function locateRefusal(
  { table, script, isSuspect }: Attempted,
  trial: Trial,
): Promise<Refused | undefined> {
  const ofTable = await firstRefused(table, {
    isSuspect: (_, text) => text.startsWith('-A '),
    isTaken: (part) => trial([part]),
  });
  if (ofTable !== undefined) return { where: 'table', ...ofTable };
  const ofScript = await firstRefused(script, { isSuspect, isTaken: (part) => trial([table, part]) });
  return ofScript && { where: 'script', ...ofScript };
}

interface Question {
  readonly isSuspect: (index: number, text: string) => boolean;
  readonly isTaken: (part: string) => Promise<boolean>;
}

async function firstRefused(
  text: string,
  { isSuspect, isTaken }: Question,
): Promise<Pick<Refused, 'text' | 'index'> | undefined> {
  const lines = text.split('\n');
  const suspects = lines.flatMap((line, index) => (isSuspect(index, line) ? [index] : []));
  const isTakenWith = (count: number): Promise<boolean> => {
    const left = new Set(suspects.slice(count));
    return isTaken(lines.filter((_, index) => !left.has(index)).join('\n'));
  };
  if ((await isTakenWith(suspects.length)) || !(await isTakenWith(0))) return undefined;
  let [taken, refused] = [0, suspects.length];
  while (refused - taken > 1) {
    const middle = Math.floor((taken + refused) / 2);
    if (await isTakenWith(middle)) taken = middle;
    else refused = middle;
  }
  const index = suspects[taken] as number;
  return { index, text: lines[index] as string };
}
