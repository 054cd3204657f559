import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../../src/system/backend.ts';
import type { Outcome } from '../../src/system/execute.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { sarefMark } from './bin.ts';
import type { Lab } from './lab.ts';
import { openLab } from './lab.ts';

/** An operator at a gateway, who has a folder of files. */
export interface Operator {
  /** Where it is, or will be. */
  pathOf(name: string): string;
  /** @returns its path */
  write(name: string, text: string): Promise<string>;
  /** The built program, on the back end of the lab. */
  run(...args: readonly string[]): Promise<Outcome>;
  /** Takes the files away. */
  leave(): Promise<void>;
}

export async function openOperator({ execute }: Namespace, backend: BackendName): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
  const pathOf = (name: string): string => join(folder, name);
  return {
    pathOf,
    async write(name, text) {
      await writeFile(pathOf(name), text, 'latin1');
      return pathOf(name);
    },
    run: (command = '', ...args) => sarefMark([command, '--backend', backend, ...args], { execute }),
    leave: () => rm(folder, { recursive: true }),
  };
}

/** A lab with an operator at its gateway. */
export type GatewayLab = Lab & Operator;

export async function openGatewayLab(backend: BackendName): Promise<GatewayLab> {
  const lab = await openLab(backend);
  // shorter than the way to the world, for the sake of ESP
  await lab.gateway.mustRun({ argv: ['ip', 'link', 'set', 'dev', 'mast0', 'mtu', '1399'] });
  const operator = await openOperator(lab.gateway, backend);
  return {
    ...lab,
    ...operator,
    async close() {
      await lab.close();
      await operator.leave();
    },
  };
}
