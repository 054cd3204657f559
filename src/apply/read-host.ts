import type { HostReading } from '../host/parse.ts';
import { parseHost } from '../host/parse.ts';
import type { HostState } from '../host/state.ts';
import type { HostTools } from '../system/host-tools.ts';

/** The live counterpart of `target`: the same device, routing table and switches. */
export async function readHost(tools: HostTools, target: HostState): Promise<HostReading> {
  const names = { device: target.link.name, table: target.routes.table };
  // to ask the legacy back end for a table makes it
  const tables = (['nat', 'raw'] as const).filter((name) => target.tables[name].chains.size > 0);
  const printed = await tools.read({ ...names, tables, sysctls: [...target.sysctls.keys()] });
  return parseHost(printed, names);
}
