import { CommandFailed } from './classify.ts';
import { openNamespace } from './namespace.ts';

const SET = 'SAREF-TRIAL';

/** As they are written where a policy is laid out in sets. */
const ELEMENT = `create ${SET} hash:net comment family inet skbinfo maxelem 65536
add ${SET} 192.0.2.0/24 comment "trial" skbmark 0x80010000/0xffff0000
`;

const RULE = `*mangle
-A OUTPUT -m mark --mark 0x0/0x80000000 -j SET --map-set ${SET} dst --map-mark
COMMIT
`;

/**
 * Whether this kernel and its tools mark packets by sets: tried in a namespace that vanishes, for neither
 * a version nor a help text says so.
 *
 * @param restore the iptables-restore to try
 */
export async function canMarkBySets(restore: string): Promise<boolean> {
  try {
    const namespace = await openNamespace();
    try {
      const made = await namespace.execute({ argv: ['ipset', 'restore'], stdin: ELEMENT });
      if (made.exitCode !== 0) return false;
      return (await namespace.execute({ argv: [restore], stdin: RULE })).exitCode === 0;
    } finally {
      await namespace.close();
    }
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
