import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { rootIn } from '../../src/system/cgroups.ts';

/** Where the hierarchy of version 2 is. */
export async function cgroupRoot(): Promise<string> {
  return rootIn(await readFile('/proc/self/mountinfo', 'utf8')) ?? assert.fail('no cgroup2 is mounted');
}
