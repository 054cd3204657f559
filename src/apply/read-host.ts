import { OUR_SETS } from '../host/own-chains.ts';
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
  // and to ask for sets loads a module of the kernel, where there is one
  const setPrefix = target.sets.size > 0 ? OUR_SETS : undefined;
  const printed = await tools.read({ ...names, tables, sysctls, setPrefix });
  // rules ask sets that are there: where none was found, nobody could look
  const areSetsMissed = printed.mangle.includes(ASKS_SETS) && (printed.sets ?? '') === '';
  if (areSetsMissed) await tools.sets.mustBeKnown();
  const all = {
    tables: SERVED.test(printed.mangle) ? OTHERS : tables,
    setPrefix: areSetsMissed ? OUR_SETS : setPrefix,
  };
  const isWhole = all.tables.length === tables.length && !areSetsMissed;
  return parseHost(isWhole ? printed : await tools.read({ ...names, ...all, sysctls }), names);
}

const OTHERS = ['nat', 'raw'] as const;

/** Rules that ask sets of ours. */
const ASKS_SETS = ` --map-set ${OUR_SETS}`;

/** Rules that an earlier policy had, with what serves them in the other tables. */
const SERVED = /^:SAREF-(?:IN|ALIAS) /m;
