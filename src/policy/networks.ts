import type { CidrReading } from '../domain/cidr.ts';
import type { Policy, Spanned } from './policy.ts';

/** Every network of the policy as written, in order. */
export function networksOf(policy: Policy): Spanned<CidrReading>[] {
  return policy.entries.flatMap(({ src, dst }) => [src, dst]).filter((network) => network !== undefined);
}
