import type { HostReading } from '../host/parse.ts';
import { parseHost } from '../host/parse.ts';
import type { HostState } from '../host/state.ts';
import type { HostTools } from '../system/host-tools.ts';

/** The live counterpart of `target`: the same device, routing table and switches. */
export async function readHost(tools: HostTools, target: HostState): Promise<HostReading> {
  const names = { device: target.link.name, table: target.routes.table };
  const sysctls = [...target.sysctls.keys()];
  // to ask the legacy back end for a table makes it
  const tables = OTHERS.filter((name) => target.tables[name].chains.size > 0);
  const printed = await tools.read({ ...names, tables, sysctls });
  const isWhole = tables.length === OTHERS.length || !SERVED.test(printed.mangle);
  return parseHost(isWhole ? printed : await tools.read({ ...names, tables: OTHERS, sysctls }), names);
}

const OTHERS = ['nat', 'raw'] as const;

/** Rules that an earlier policy had, with what serves them in the other tables. */
const SERVED = /^:SAREF-(?:IN|ALIAS) /m;
