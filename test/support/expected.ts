import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** The text of a file with one character per byte, as all text of iptables is here; undefined where it is not. */
export function latin1At(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'latin1') : undefined;
}

/**
 * That `actual`, a character per byte, is what the file holds. `UPDATE=1` in the environment writes the
 * file first: read the difference before you commit it.
 */
export function assertExpected(file: string, actual: string): void {
  if (process.env['UPDATE'] === '1') writeFileSync(file, actual, 'latin1');
  assert.equal(actual, latin1At(file), `${file} differs; UPDATE=1 writes it`);
}
