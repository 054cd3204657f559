import { hexOf, SAREF_BITS } from '../../src/domain/mark.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import type { Injector } from './mast-wire.ts';
import { addLan, FAR_ENDS_CLOSED, openInjector, openMastWire } from './mast-wire.ts';
import type { Watch } from './wire.ts';
import { openWatch } from './wire.ts';

/** A gateway between mast0, a network behind it and the world, and who sees what leaves by each. */
export interface MastLab {
  readonly gateway: Namespace;
  readonly tools: HostTools;
  /** What comes in by mast0, and from the network 10.9.3.0/24. */
  readonly mast: Injector;
  readonly lan: Injector;
  readonly watch: Watch;
  close(): Promise<void>;
}

/** @param dscps what stands in for an nfmark on the wire, by the nfmark */
export async function openMastLab(
  backend: BackendName,
  dscps: readonly (readonly [nfmark: number, dscp: number])[],
): Promise<MastLab> {
  const gateway = await openMastWire();
  await addLan(gateway, '10.9.3.0/24');
  const tools = hostTools(gateway.execute, {
    backend: await findBackend(gateway.execute, backend),
    waitSeconds: 5,
  });
  const rules = dscps.map(
    ([nfmark, dscp]) =>
      `-A POSTROUTING -o mast0 -m mark --mark ${hexOf(nfmark)}/${hexOf(SAREF_BITS)} -j DSCP --set-dscp ${String(dscp)}`,
  );
  await tools.restore(FAR_ENDS_CLOSED);
  await tools.restore(['*mangle', ...rules, 'COMMIT', ''].join('\n'));
  const [mast, lan] = [openInjector(gateway), openInjector(gateway, 'lan')];
  const watch = await openWatch(gateway);
  return {
    ...{ gateway, tools, mast, lan, watch },
    async close() {
      for (const one of [watch, lan, mast, gateway]) await one.close();
    },
  };
}
