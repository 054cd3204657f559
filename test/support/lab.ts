import { BRANCH_DEVICE, setStage } from '../../src/rehearse/stage.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { BackendName } from '../../src/system/backend.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNamespace, openNeighbour } from '../../src/system/namespace.ts';

export const BACKENDS: readonly BackendName[] = ['legacy', 'nf_tables'];

/** A gateway with mast0, a branch and a way to the world, on a real kernel. */
export interface Lab {
  readonly gateway: Namespace;
  readonly neighbour: Namespace;
  readonly tools: HostTools;
  readonly branchDevice: string;
  close(): Promise<void>;
}

export async function openLab(backendName: BackendName): Promise<Lab> {
  const gateway = await openNamespace();
  const neighbour = await openNeighbour(gateway);
  await setStage(gateway, neighbour, 'mast0');
  // what is kept of it is gone with it
  await gateway.mustRun({ argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/var/lib'] });
  const backend = await findBackend(gateway.execute, backendName);
  return {
    gateway,
    neighbour,
    tools: hostTools(gateway.execute, { backend, waitSeconds: 5 }),
    branchDevice: BRANCH_DEVICE,
    async close() {
      await neighbour.close();
      await gateway.close();
    },
  };
}

/** Why a kernel test cannot run here; undefined where it can. As root it always can, or CI is to fail. */
export async function whyNoNamespace(): Promise<string | undefined> {
  try {
    await (await openNamespace()).close();
    return undefined;
  } catch (error) {
    if (process.geteuid?.() === 0) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
