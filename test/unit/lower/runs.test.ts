import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import { simulate } from '../../../src/delta/simulate.ts';
import type { HostState } from '../../../src/host/state.ts';
import { rulesIn } from '../../../src/host/state.ts';
import { keepRuns, runsIn, withoutRuns, withRun } from '../../../src/lower/runs.ts';
import type { MarkedRun } from '../../../src/lower/runs.ts';
import { goalOf } from '../../../src/pipeline.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const POLICY = `version: 1
sarefs: { a: 1, b: 2, c: down }
entries: [{ conn: a, dst: 10.0.0.0/8 }, { conn: c, dst: 172.20.0.0/16 }]
`;
const { host, ours, plan } = compiledOf(POLICY);

function run(conn: string, path: string, value = 0x80010000): MarkedRun {
  return { conn, path, mark: { value, mask: 0xffff0000 } };
}

function started(live: HostState, one: MarkedRun): HostState {
  const target = withRun(live, [500, 4500], one);
  const after = simulate(live, diffHosts({ live, target, ours }));
  // as often as one asks
  assert.deepEqual(diffHosts({ live: after, target: withRun(after, [500, 4500], one), ours }), []);
  return after;
}

function textsIn(state: HostState, chain: string): string[] {
  return rulesIn(state, chain).map(({ text }) => text);
}

const FIRST = run('a', 'saref-mark/exec-1');
const SECOND = run('b', 'saref-mark/exec-2', 0x80020000);

describe('a program that takes a conn', () => {
  const both = started(started(host, FIRST), SECOND);

  it('has its packets marked before the entries have a say, and its flows remember it', () => {
    assert.deepEqual(textsIn(both, 'OUTPUT'), ['-j SAREF-EXEC', '-j IPSEC']);
    const frame = textsIn(both, 'SAREF-EXEC');
    assert.match(frame[0] ?? '', /--restore-mark/);
    assert.deepEqual(frame.slice(-2, -1), ['-j SAREF-EXEC-RUNS']);
    assert.match(frame.at(-1) ?? '', /--save-mark/);
    assert.deepEqual(textsIn(both, 'SAREF-EXEC-RUNS'), [
      '-m cgroup --path "saref-mark/exec-1" -m mark --mark 0x0/0x80000000 -m comment --comment a -j MARK --set-xmark 0x80010000/0xffff0000',
      '-m cgroup --path "saref-mark/exec-2" -m mark --mark 0x0/0x80000000 -m comment --comment b -j MARK --set-xmark 0x80020000/0xffff0000',
    ]);
    assert.deepEqual(runsIn(both), [FIRST, SECOND]);
  });

  it('stands behind the translation of what flows remember', () => {
    const rekeying = hostOf({
      mangle:
        ':SAREF-REKEY - [0:0]\n-A OUTPUT -m connmark --mark 0x80000000/0x80000000 -j SAREF-REKEY\n-A OUTPUT -j IPSEC',
    });
    assert.match(
      textsIn(started(rekeying, FIRST), 'OUTPUT').join(),
      /-j SAREF-REKEY,-j SAREF-EXEC,-j IPSEC$/,
    );
  });

  it('goes, and takes the chains along when it was the last', () => {
    const one = withoutRuns(both, ['saref-mark/exec-1']);
    assert.deepEqual(runsIn(one), [SECOND]);
    const none = withoutRuns(one, ['saref-mark/exec-2']);
    assert.deepEqual(none, host);
  });

  const keeping = { plan, isAlive: (): boolean => true };

  it('is left alone by a policy, but for the SAref that its conn has by now', () => {
    assert.equal(keepRuns(host, host, keeping), host);
    assert.deepEqual(runsIn(goalOf({ plan, host, ours }).targetOn(both)), [FIRST, SECOND]);
    const kept = keepRuns(host, started(both, run('c', 'saref-mark/exec-3')), keeping);
    assert.deepEqual(
      runsIn(kept).map(({ conn, mark }) => [conn, mark.value]),
      [
        ['a', 0x80010000],
        ['b', 0x80020000],
        ['c', 0x80000000],
      ],
    );
    const rekeyed = compiledOf(POLICY.replace('a: 1', 'a: 11'));
    const moved = keepRuns(rekeyed.host, both, { ...keeping, plan: rekeyed.plan });
    assert.equal(runsIn(moved)[0]?.mark.value, 0x800b0000);
  });

  it('is cleared by a policy when nobody is in its cgroup any more', () => {
    const isAlive = (path: string): boolean => path.endsWith('2');
    assert.deepEqual(runsIn(keepRuns(host, both, { plan, isAlive })), [SECOND]);
    assert.equal(keepRuns(host, both, { plan, isAlive: () => false }), host);
  });

  it('is not what somebody else has put there', () => {
    const strange = [
      '-j ACCEPT',
      '-m cgroup --path x -j MARK --set-xmark 0x1/0x1',
      '-m comment --comment a -j MARK --set-xmark 0x1/0x1',
      '-s a b',
      '-m cgroup --path x -m comment --comment a -j MARK',
    ];
    const live = hostOf({ mangle: strange.map((rule) => `-A SAREF-EXEC-RUNS ${rule}`).join('\n') });
    assert.deepEqual(runsIn(live), []);
    assert.deepEqual(withoutRuns(live, ['x']), live);
    assert.deepEqual(runsIn(withRun(live, [], FIRST)), [FIRST]);
    assert.equal(textsIn(keepRuns(host, live, keeping), 'SAREF-EXEC-RUNS').length, strange.length);
  });
});
