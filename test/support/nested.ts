import fc from 'fast-check';
import { commonOf } from '../../src/domain/selector.ts';
import type { AnyEntry, AnyPolicy } from './written.ts';
import { meaningsOf } from './written.ts';

/** A conn that is yet to be found. */
export const WANTED = ' wanted';

/**
 * Finds a conn that carries that of the entry, for each entry that wants one: of a name further on, so that
 * none carries itself, and with no entry in front that takes packets of this one.
 */
export function withOuters(policy: AnyPolicy): AnyPolicy {
  const meanings = meaningsOf(policy);
  const names = [...new Set(policy.entries.map(({ conn }) => conn))].sort();
  const entries = policy.entries.map(({ over, ...entry }, index): AnyEntry => {
    if (over === undefined) return entry;
    const outer = names.find(
      (name) =>
        name > entry.conn &&
        name !== 'unlisted' &&
        !meanings
          .slice(0, index)
          .some(
            ({ conn, selector }) =>
              conn === name && commonOf(selector, meanings[index]?.selector ?? {}) !== undefined,
          ),
    );
    return outer === undefined ? entry : { ...entry, over: outer };
  });
  return { ...policy, entries };
}

/** Gateways of conns, some of them where packets go. */
export function anyPeer(): fc.Arbitrary<string> {
  return fc.constantFrom('10.9.1.0', '192.168.0.0', '203.0.113.7');
}
