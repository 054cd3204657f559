import assert from 'node:assert/strict';
import { readPolicy } from '../../../src/pipeline.ts';
import type { Accounts } from '../../../src/policy/accounts.ts';
import { accountOf, assuming, NO_ACCOUNTS } from '../../../src/policy/accounts.ts';
import { resolvePlan } from '../../../src/plan/resolve.ts';

const ACCOUNTS: Accounts = {
  find: (kind, name) => (name === 'backup' ? { user: 34, group: 35 }[kind] : undefined),
  hasCgroup: (path) => path === 'here',
};

describe('accountOf', () => {
  it('takes a number for a number, and looks a name up', () => {
    assert.deepEqual(accountOf(NO_ACCOUNTS, 'user', 0), { kind: 'known', id: 0 });
    assert.deepEqual(accountOf(NO_ACCOUNTS, 'user', '1000'), { kind: 'known', id: 1000 });
    assert.deepEqual(accountOf(ACCOUNTS, 'user', 'backup'), { kind: 'known', id: 34 });
    assert.deepEqual(accountOf(ACCOUNTS, 'group', 'backup'), { kind: 'known', id: 35 });
    assert.deepEqual(accountOf(ACCOUNTS, 'user', 'other'), { kind: 'unknown', name: 'other' });
    assert.deepEqual(accountOf(ACCOUNTS, 'user', '4294967295'), { kind: 'unknown', name: '4294967295' });
  });

  it('has a number for each unknown name where it may assume one, and the same again', () => {
    const any = assuming(ACCOUNTS);
    const ids = (['user', 'group'] as const).flatMap((kind) =>
      ['x', 'y', 'x', 'backup'].map((name) => accountOf(any, kind, name)),
    );
    const numbers = ids.map((account) => (account.kind === 'unknown' ? -1 : account.id));
    const [x, y, again, backup, groupX] = numbers;
    assert.deepEqual([x === again, x === y, x === groupX, backup], [true, false, false, 34]);
    assert.deepEqual(
      ids.map(({ kind }) => kind),
      ['assumed', 'assumed', 'assumed', 'known', 'assumed', 'assumed', 'assumed', 'known'],
    );
  });
});

describe('a policy that asks who sends', () => {
  const text = `version: 1
sarefs: { a: 1 }
entries:
  - { conn: a, dst: 192.168.0.0/24, user: who, group: backup }
  - { conn: a, dst: 192.168.0.0/24, cgroup: here }
  - { conn: a, dst: 192.168.0.0/24, cgroup: gone }
`;

  it('warns of names that it assumed, and of cgroups that are not there', () => {
    const { policy, diagnostics } = readPolicy({ name: 'policy.yaml', text }, assuming(ACCOUNTS));
    assert.deepEqual(
      diagnostics.map(({ code, labels }) => [code, labels[0]?.span.start]),
      [
        ['SM1511', text.indexOf('who')],
        ['SM1512', text.indexOf('gone')],
      ],
    );
    assert.ok(policy);
    const { entries } = resolvePlan(policy, { kind: 'map', lines: policy.sarefs as [] });
    assert.deepEqual(
      entries.map(({ decision: { kind } }) => kind),
      ['mark', 'mark', 'skip'],
    );
    assert.deepEqual(entries[0]?.selector.gid, 35);
  });
});
