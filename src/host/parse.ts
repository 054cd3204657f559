import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import { decoded } from '../domain/decoded.ts';
import { parseSave } from '../iptables/parse-save.ts';
import { printerDefect, printerOf } from '../iptables/printer.ts';
import type { Save } from '../iptables/save.ts';
import type { Table } from '../iptables/table.ts';
import { emptyTable, statusOf, tableOf } from '../iptables/table.ts';
import { parseIpRules } from './ip-rule.ts';
import { parseSets } from './ip-set-text.ts';
import { parseLink } from './link.ts';
import { parseRoutes } from './route.ts';
import type { HostState, TableName, Tables } from './state.ts';
import { TABLE_NAMES } from './state.ts';
import { parseSysctls } from './sysctl.ts';

/** What the tools printed about a host. */
export interface HostTexts {
  /** `iptables-save -t mangle`, latin1. */
  readonly mangle: string;
  /** Likewise; undefined where it was not asked for. */
  readonly nat?: string | undefined;
  readonly raw?: string | undefined;
  /** `ipset save`, of the sets that are ours; undefined where it was not asked. */
  readonly sets?: string | undefined;
  /** `ip -4 rule show`. */
  readonly ipRules: string;
  /** `ip -4 route show table N`. */
  readonly routes: string;
  /** `ip -oneline link show dev NAME`; empty where it is not. */
  readonly link: string;
  /** `sysctl KEY...`. */
  readonly sysctls: string;
}

export interface HostReading {
  readonly state: HostState | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** @param names of the device and number of the routing table that the texts are about */
export function parseHost(
  texts: HostTexts,
  names: { readonly device: string; readonly table: number },
): HostReading {
  const { tables, diagnostics } = parseTables(texts);
  const ipRules = parseIpRules(texts.ipRules);
  const sets = parseSets(texts.sets ?? '');
  const problems = [
    ...diagnostics,
    ...(ipRules === undefined ? [unreadRouting(texts.ipRules)] : []),
    ...(sets === undefined ? [UNREAD_SETS] : []),
  ];
  if (tables === undefined || ipRules === undefined || sets === undefined)
    return { state: undefined, diagnostics: problems };
  const state: HostState = {
    link: parseLink(names.device, texts.link),
    sysctls: parseSysctls(texts.sysctls),
    routes: { table: names.table, routes: parseRoutes(texts.routes) },
    ipRules,
    sets,
    tables,
  };
  return { state, diagnostics: [] };
}

function parseTables(texts: HostTexts): {
  readonly tables: Tables | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const readings = TABLE_NAMES.map((name): TableReading => {
    const text = texts[name];
    if (text === undefined) return { table: emptyTable(name), diagnostics: [] };
    return parseTable(name, { name: `iptables-save -t ${name}`, text });
  });
  const [nat, raw, mangle] = readings.map(({ table }) => table);
  const diagnostics = readings.flatMap((reading) => reading.diagnostics);
  const isRead = nat !== undefined && raw !== undefined && mangle !== undefined;
  return { tables: isRead ? { nat, raw, mangle } : undefined, diagnostics };
}

export interface TableReading {
  readonly table: Table | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** A table of a dump; undefined where the dump cannot be relied on (SM2001). */
export function parseTable(table: TableName, { name, text }: Source): TableReading {
  const { save, diagnostics } = parseSave(text, name);
  const status = statusOf(save, table);
  const problems = [
    ...legible({ name, text }, diagnostics),
    ...(status === 'complete' ? [] : [unreadTable(table, status)]),
    ...misprints(save),
  ];
  return { table: problems.length > 0 ? undefined : tableOf(save, table), diagnostics: problems };
}

/** With labels in the text as people read it, which has fewer characters: one behind the other, as they come. */
function legible({ name, text }: Source, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  if (diagnostics.length === 0) return [];
  const source = { name, text: decoded(text) };
  let [at, shown] = [0, 0];
  const placeOf = (offset: number): number => {
    shown += decoded(text.slice(at, offset)).length;
    at = offset;
    return shown;
  };
  const labelOf = ({ span, text: words }: Label): Label => ({
    span: { source, start: placeOf(span.start), end: placeOf(span.end) },
    text: words,
  });
  return diagnostics.map((one) => ({ ...one, labels: one.labels.map(labelOf) }));
}

function unreadTable(table: TableName, status: 'incompatible' | 'tainted' | 'absent'): Diagnostic {
  const why = {
    incompatible: `Somebody put rules into the ${table} table that only nft can read; iptables-save left the table out.`,
    tainted: `iptables-save printed a part of the ${table} table only, or says that there is more than it can print.`,
    absent: `iptables-save printed no ${table} table.`,
  }[status];
  return {
    code: 'SM2001',
    labels: [],
    detail: `${why} Rules written on top of what cannot be read could undo others.`,
    help: `see what is there:\nnft list table ip ${table}`,
  };
}

/** A header tells nf_tables by its name from the one version on that has such a defect. */
function misprints(save: Save): Diagnostic[] {
  const printer = printerOf(save);
  const defect = printer?.backend === 'nf_tables' ? printerDefect(printer) : undefined;
  if (defect?.affects !== 'any rule') return [];
  const detail = `iptables-save cannot be believed here: ${defect.what}.`;
  return [{ code: 'SM2001', labels: [], detail, help: 'install iptables 1.8.9 or later' }];
}

function unreadRouting(text: string): Diagnostic {
  return {
    code: 'SM2002',
    labels: [],
    detail: `ip rule show printed what is no list of rules:\n${decoded(text)}`,
  };
}

export const UNREAD_SETS: Diagnostic = {
  code: 'SM2003',
  labels: [],
  detail:
    'ipset save printed what is no set. Elements written on top of what cannot be read could undo others.',
  help: 'see what is there:\nipset save',
};
