import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isError } from '../../diagnostics/diagnostic.ts';
import { placeOf } from '../../diagnostics/source.ts';
import { BY_SOCKET } from '../../domain/conn-name.ts';
import { hexOf } from '../../domain/mark.ts';
import { markOf, toSaref } from '../../domain/saref.ts';
import { compilePolicy } from '../../pipeline.ts';
import type { SarefTable, TableLine } from '../../plan/saref-table.ts';
import { finderIn } from '../../plan/saref-table.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { anyAccounts, loadPolicyFile } from '../policy-file.ts';
import { invalidPolicy, printReport } from '../report.ts';
import { loadSarefs } from '../saref-source.ts';
import type { Terminal } from '../terminal.ts';

/** The table of SArefs in use, and which conns of the policy it leaves without one. */
export const run: Run = async (args, terminal) => {
  const { name, policy, table, diagnostics } = await loadTable(args, terminal);
  if (table === undefined || diagnostics.some(isError))
    return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const rows = table.lines.map(rowOf);
  const down = policy === undefined ? [] : connsDown(policy, table);
  const answers = answersBy(policy, table);
  const notes = [
    ...(down.length === 0 ? [] : [`down: ${down.join(', ')}\n`]),
    ...(answers === undefined ? [] : [`answers: ${ANSWERS[answers]}\n`]),
  ];
  return printReport(args, terminal, {
    exitCode: EXIT.done,
    text: `${tableText(rows)}${notes.length === 0 ? '' : `\n${notes.join('')}`}`,
    json: { sarefs: rows, down, answers },
    diagnostics,
  });
};

const ANSWERS = {
  tunnel: 'by the conn that a flow came in by, where it has a ref; else blocked',
  entries: 'as the entries say',
};

/** Undefined without a policy, and where the table does not fit to it. */
function answersBy(policy: Policy | undefined, table: SarefTable): keyof typeof ANSWERS | undefined {
  const { compiled } = compilePolicy({ policy, diagnostics: [] }, table);
  if (compiled === undefined) return undefined;
  return compiled.plan.inbound === undefined ? 'entries' : 'tunnel';
}

interface Loaded {
  readonly name: string;
  readonly policy: Policy | undefined;
  readonly table: SarefTable | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Of a policy, or without one of --sarefs alone. */
async function loadTable(args: Arguments, terminal: Terminal): Promise<Loaded> {
  const [file, ...others] = args.positionals;
  if (others.length > 0) throw new UsageError('one policy file at most');
  if (file === undefined && !args.isSet('sarefs')) throw new UsageError('a policy or --sarefs is needed');
  const loaded = file === undefined ? undefined : await loadPolicyFile(file, anyAccounts());
  const { table, diagnostics } = await loadSarefs(args, terminal, loaded?.policy?.sarefs);
  return {
    name: loaded?.name ?? args.value('sarefs'),
    policy: loaded?.policy,
    table,
    diagnostics: [...(loaded?.diagnostics ?? []), ...diagnostics],
  };
}

interface Row {
  readonly conn: string;
  readonly refhim: number | undefined;
  readonly ref: number | undefined;
  readonly nfmark: string | undefined;
  readonly from: string;
}

function rowOf({ conn, refhim, ref }: TableLine): Row {
  const saref = refhim === undefined ? undefined : toSaref(refhim.value);
  return {
    conn: conn.value,
    refhim: refhim?.value,
    ref: ref?.value,
    nfmark: saref === undefined ? undefined : hexOf(markOf(saref).value),
    from: placeOf(refhim?.span ?? conn.span),
  };
}

/** A conn that the table lacks is one of them. */
function connsDown({ entries }: Policy, table: SarefTable): string[] {
  const findConn = finderIn(table);
  const missing = entries.filter(
    ({ conn, saref }) =>
      saref === undefined && conn.value !== BY_SOCKET && findConn(conn.value).live.length === 0,
  );
  return [...new Set(missing.map(({ conn }) => conn.value))];
}

function tableText(rows: readonly Row[]): string {
  const cells = [
    ['conn', 'refhim', 'ref', 'nfmark', 'from'],
    ...rows.map(({ conn, refhim, ref, nfmark, from }) => [
      conn,
      String(refhim ?? 'down'),
      String(ref ?? '-'),
      nfmark ?? '-',
      from,
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => String(row[column]).length))) ?? [];
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
