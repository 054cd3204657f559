import { toMarkReading } from '../../domain/mark-reading.ts';
import type { Run } from '../command.ts';
import type { ReadWord } from '../mark-report.ts';
import { markReport } from '../mark-report.ts';
import { UsageError } from '../options.ts';
import { printReport } from '../report.ts';

export const run: Run = (args, terminal) => {
  const { positionals } = args;
  if (positionals.length === 0) throw new UsageError('a SAref or an nfmark is needed');
  return Promise.resolve(printReport(args, terminal, markReport(positionals.map(readWord))));
};

function readWord(input: string): ReadWord {
  const reading = toMarkReading(input);
  if (reading !== undefined) return { input, reading };
  throw new UsageError(`'${input}' is no number like 18, 0x80120000 or 0x80120000/0xffff0000`);
}
