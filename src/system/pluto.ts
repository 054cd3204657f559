import type { Execute } from './execute.ts';

export async function readPlutoStatus(execute: Execute): Promise<string> {
  return (await execute({ argv: ['ipsec', 'auto', '--status'] })).stdout;
}
