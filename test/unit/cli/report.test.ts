import assert from 'node:assert/strict';
import type { Arguments } from '../../../src/cli/options.ts';
import { parseOptions } from '../../../src/cli/options.ts';
import { printReport } from '../../../src/cli/report.ts';
import { plain } from '../../../src/diagnostics/frame.ts';

const SPECS = { output: { help: '', choices: ['text', 'json'], default: 'text' } };

/** What a command that ends with a warning alone says. */
function printed(args: Arguments, count = 1): { exitCode: number; out: string; err: string } {
  const said = { out: '', err: '' };
  const terminal = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    paint: plain,
    begin: () => undefined,
  };
  const diagnostics = Array.from({ length: count }, () => ({ code: 'SM1501', labels: [] }) as const);
  const exitCode = printReport(args, terminal, {
    exitCode: 0,
    text: 'done\n',
    json: { ok: true },
    diagnostics,
  });
  return { exitCode, ...said };
}

describe('a report with a warning', () => {
  it('keeps its exit code and its text, and has the warning on stderr', () => {
    assert.deepEqual(printed(parseOptions([], SPECS)), {
      exitCode: 0,
      out: 'done\n',
      err: 'warning[SM1501] overlapping entries\n',
    });
  });

  it('has the warning in its JSON, told from an error', () => {
    const { exitCode, out } = printed(parseOptions(['--output', 'json'], SPECS));
    const facts = { code: 'SM1501', severity: 'warning', summary: 'overlapping entries', labels: [] };
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(out), {
      version: 1,
      ok: true,
      warnings: ['SM1501 overlapping entries'],
      diagnostics: [facts],
    });
  });
});

describe('the operands of a command', () => {
  it('may be negative numbers, which are no options', () => {
    assert.deepEqual(parseOptions(['-5', '--output', 'json', '--', '-6'], SPECS).positionals, ['-5', '-6']);
  });

  it('are not confused with options that nobody knows', () => {
    assert.throws(() => parseOptions(['-x'], SPECS), /Unknown option '-x'/);
  });

  it('shows a hundred of one kind, and how many more there are; all of them in JSON', () => {
    const { err } = printed(parseOptions([], SPECS), 103);
    assert.equal(err.match(/^warning\[SM1501\]/gm)?.length, 100);
    assert.ok(err.endsWith('\nSM1501 overlapping entries: 3 more, all of them with --output json\n'), err);
    const { out } = printed(parseOptions(['--output', 'json'], SPECS), 103);
    assert.equal((JSON.parse(out) as { diagnostics: unknown[] }).diagnostics.length, 103);
  });
});
