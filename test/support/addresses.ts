import assert from 'node:assert/strict';
import type { MaskedAddress } from '../../src/domain/address.ts';
import { toMasked } from '../../src/domain/address.ts';
import type { Cidr } from '../../src/domain/cidr.ts';
import { toCidr } from '../../src/domain/cidr.ts';

/** `10.9.1.1` as a number. */
export function address(text: string): number {
  const reading = toCidr(text);
  assert.ok(reading.kind === 'cidr' && reading.cidr.prefix === 32, `${text} is no address`);
  return reading.cidr.address;
}

/** `10.9.1.0/24` as rules have it. */
export function network(text: string): MaskedAddress {
  const masked = toMasked(text);
  assert.ok(masked, `${text} is no network`);
  return masked;
}

/** `10.9.1.0/24` as policies have it. */
export function cidr(text: string): Cidr {
  const reading = toCidr(text);
  assert.ok(reading.kind === 'cidr', `${text} is no network`);
  return reading.cidr;
}
