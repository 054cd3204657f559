import type { Code } from '../../diagnostics/codes.ts';
import { CODES } from '../../diagnostics/codes.ts';
import { EXPLANATIONS } from '../../diagnostics/explanations.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { UsageError } from '../options.ts';
import type { Report } from '../report.ts';
import { printReport } from '../report.ts';

const ALL = Object.keys(CODES) as Code[];

export const run: Run = (args, terminal) => {
  const [word, ...others] = args.positionals;
  if (others.length > 0) throw new UsageError('one code at a time, or none for the list');
  const { text, json } = word === undefined ? listOfCodes() : explanationOf(toCode(word));
  return Promise.resolve(printReport(args, terminal, { exitCode: EXIT.done, text, json, diagnostics: [] }));
};

function toCode(word: string): Code {
  const code = ALL.find((known) => known === word.toUpperCase());
  if (code !== undefined) return code;
  const near = didYouMean(word.toUpperCase(), ALL);
  const hint = near === undefined ? 'saref-mark explain lists them' : `did you mean ${near}?`;
  throw new UsageError(`there is no code '${word}'; ${hint}`);
}

type Printed = Pick<Report, 'text' | 'json'>;

function explanationOf(code: Code): Printed {
  const { severity, summary } = CODES[code];
  const explanation = EXPLANATIONS[code];
  return {
    text: `${severity}[${code}] ${summary}\n\n${explanation}`,
    json: { code, severity, summary, explanation },
  };
}

function listOfCodes(): Printed {
  const rows = ALL.map((code) => ({ code, ...CODES[code] }));
  return {
    text: rows.map(({ code, severity, summary }) => `${code}  ${severity.padEnd(7)}  ${summary}\n`).join(''),
    json: { codes: rows },
  };
}
