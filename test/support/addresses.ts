import assert from 'node:assert/strict';
import { toCidr } from '../../src/domain/cidr.ts';

/** `10.9.1.1` as a number. */
export function address(text: string): number {
  const reading = toCidr(text);
  assert.ok(reading.kind === 'cidr' && reading.cidr.prefix === 32, `${text} is no address`);
  return reading.cidr.address;
}
