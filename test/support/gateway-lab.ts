import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../../src/system/backend.ts';
import type { Outcome } from '../../src/system/execute.ts';
import { sarefMark } from './bin.ts';
import type { Lab } from './lab.ts';
import { openLab } from './lab.ts';

/** A lab with an operator at its gateway, who has a folder of files. */
export interface GatewayLab extends Lab {
  /** Where it is, or will be. */
  pathOf(name: string): string;
  /** @returns its path */
  write(name: string, text: string): Promise<string>;
  /** The built program, on the back end of the lab. */
  run(...args: readonly string[]): Promise<Outcome>;
}

export async function openGatewayLab(backend: BackendName): Promise<GatewayLab> {
  const lab = await openLab(backend);
  const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
  const pathOf = (name: string): string => join(folder, name);
  return {
    ...lab,
    pathOf,
    async write(name, text) {
      await writeFile(pathOf(name), text, 'latin1');
      return pathOf(name);
    },
    run: (command = '', ...args) =>
      sarefMark([command, '--backend', backend, ...args], { execute: lab.gateway.execute }),
    async close() {
      await lab.close();
      await rm(folder, { recursive: true });
    },
  };
}
