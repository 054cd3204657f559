/** Who there is on this host to send packets. */
export interface Accounts {
  /** The number of a name; undefined where it has none. */
  readonly find: (kind: AccountKind, name: string) => number | undefined;
  /** Whether there is such a cgroup now: the kernel takes no rule for another one. */
  readonly hasCgroup: (path: string) => boolean;
  /** Present where a policy is to be read that is for another host: a number that stands in for an unknown name. */
  readonly assume?: (kind: AccountKind, name: string) => number;
}

export type AccountKind = 'user' | 'group';

/** A user or a group as written, and as a number. */
export type Account =
  | { readonly kind: 'known' | 'assumed'; readonly id: number }
  | { readonly kind: 'unknown'; readonly name: string };

/** Numbers are numbers everywhere. */
export const NO_ACCOUNTS: Accounts = { find: () => undefined, hasCgroup: () => true };

const NUMBER = /^[0-9]{1,10}$/;

/** (uid_t) -1 is nobody's. */
const LAST_ID = 0xfffffffe;

export function accountOf(accounts: Accounts, kind: AccountKind, written: string | number): Account {
  const name = String(written);
  if (NUMBER.test(name))
    return Number(name) <= LAST_ID ? { kind: 'known', id: Number(name) } : { kind: 'unknown', name };
  const id = accounts.find(kind, name);
  if (id !== undefined) return { kind: 'known', id };
  return accounts.assume === undefined
    ? { kind: 'unknown', name }
    : { kind: 'assumed', id: accounts.assume(kind, name) };
}

/** Numbers that no account has, one for each name: for who asks what a policy means, and not whom. */
export function assuming(accounts: Accounts): Accounts {
  const made = new Map<string, number>();
  return {
    ...accounts,
    assume(kind, name) {
      const key = `${kind} ${name}`;
      const id = made.get(key) ?? LAST_ID - 1 - made.size;
      made.set(key, id);
      return id;
    },
  };
}
