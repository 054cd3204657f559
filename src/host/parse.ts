import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import { parseSave } from '../iptables/parse-save.ts';
import { printerDefect, printerOf } from '../iptables/printer.ts';
import type { Save } from '../iptables/save.ts';
import type { Table } from '../iptables/table.ts';
import { statusOf, tableOf } from '../iptables/table.ts';
import { parseIpRules } from './ip-rule.ts';
import { parseLink } from './link.ts';
import { parseRoutes } from './route.ts';
import type { HostState } from './state.ts';
import { parseSysctls } from './sysctl.ts';

/** What the tools printed about a host. */
export interface HostTexts {
  /** `iptables-save -t mangle`, latin1. */
  readonly mangle: string;
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
  const { table, diagnostics } = parseMangle({ name: 'iptables-save -t mangle', text: texts.mangle });
  const ipRules = parseIpRules(texts.ipRules);
  const problems = [...diagnostics, ...(ipRules === undefined ? [unreadRouting(texts.ipRules)] : [])];
  if (table === undefined || ipRules === undefined) return { state: undefined, diagnostics: problems };
  const state: HostState = {
    link: parseLink(names.device, texts.link),
    sysctls: parseSysctls(texts.sysctls),
    routes: { table: names.table, routes: parseRoutes(texts.routes) },
    ipRules,
    tables: { mangle: table },
  };
  return { state, diagnostics: [] };
}

export interface TableReading {
  readonly table: Table | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The mangle table of a dump; undefined where the dump cannot be relied on (SM2001). */
export function parseMangle({ name, text }: Source): TableReading {
  const { save, diagnostics } = parseSave(text, name);
  const status = statusOf(save, 'mangle');
  const problems = [
    ...diagnostics,
    ...(status === 'complete' ? [] : [unreadTable(status)]),
    ...misprints(save),
  ];
  return { table: problems.length > 0 ? undefined : tableOf(save, 'mangle'), diagnostics: problems };
}

function unreadTable(status: 'incompatible' | 'tainted' | 'absent'): Diagnostic {
  const why = {
    incompatible:
      'Somebody put rules into the mangle table that only nft can read; iptables-save left the table out.',
    tainted:
      'iptables-save printed a part of the mangle table only, or says that there is more than it can print.',
    absent: 'iptables-save printed no mangle table.',
  }[status];
  return {
    code: 'SM2001',
    labels: [],
    detail: `${why} Rules written on top of what cannot be read could undo others.`,
    help: 'see what is there:\nnft list table ip mangle',
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
  return { code: 'SM2002', labels: [], detail: `ip rule show printed what is no list of rules:\n${text}` };
}
