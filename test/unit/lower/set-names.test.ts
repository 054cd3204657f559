import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import { simulate } from '../../../src/delta/simulate.ts';
import { printHost } from '../../../src/host/print.ts';
import type { HostState } from '../../../src/host/state.ts';
import { emptyHost } from '../../../src/host/state.ts';
import { diffPolicy, goalOf, goalWithoutOurs } from '../../../src/pipeline.ts';
import type { Compiled } from '../../../src/pipeline.ts';
import { decide } from '../../../src/plan/decide.ts';
import { trace } from '../../../src/trace/trace.ts';
import { address } from '../../support/addresses.ts';
import { compiledOf, laidOut } from '../../support/compiled.ts';
import { forwarded } from '../../support/packets.ts';
import { printSteps } from '../../support/steps.ts';

const ALL = ['a', 'b', 'c', 'd', 'e', 'f'];

/** `a 10.1.0.0/16`, `b 10.2.0.0/16 udp in mast0`: entries, with SArefs 1, 2, 3 ... for the conns. */
function policyOf(...entries: readonly string[]): Compiled {
  return policyWith(
    ALL.map((_, at) => String(at + 1)),
    entries,
  );
}

/** With these SArefs for the conns. */
function policyWith(refs: readonly string[], entries: readonly string[]): Compiled {
  const written = entries.map((entry) => {
    const [, conn = '', dst = '', proto, device] =
      /^(\S+) (\S+)(?: (udp|tcp))?(?: in (\S+))?$/.exec(entry) ?? [];
    return JSON.stringify({ conn, dst, proto, in: device });
  });
  const sarefs = ALL.map((conn, at) => `${conn}: ${refs[at] ?? ''}`).join(', ');
  return compiledOf(
    `version: 1\nsarefs: { ${sarefs} }\nentries: [${written.join(', ')}]\n`,
    'policy.yaml',
    laidOut('sets'),
  );
}

const BASE = [
  'a 10.1.0.0/16',
  'b 10.2.0.0/16',
  'c 10.3.0.0/16',
  'd 10.4.0.0/16 udp',
  'e 10.5.0.0/16 udp',
  'f 10.6.0.0/16 udp',
];

const FORWARDED = ALL.flatMap((_, at) =>
  [6, 17].map((protocol) => ({ ...forwarded({ protocol }), dst: address(`10.${String(at + 1)}.0.1`) })),
);

const PACKETS = [
  ...FORWARDED,
  ...FORWARDED.map((packet) => ({ ...packet, inInterface: 'mast0', nfmark: 0x80630000 })),
];

/** The kernel lists sets in an order of its own. */
function reversed(host: HostState): HostState {
  return { ...host, sets: new Map([...host.sets].reverse()) };
}

/** Every packet finds the old decision or the new one, after each of the steps. */
function isSafe(from: Compiled, live: HostState, to: Compiled): HostState {
  let host = live;
  for (const step of diffPolicy(to, live)) {
    host = simulate(host, [step]);
    for (const packet of PACKETS) {
      const allowed = [decide(from.plan, packet).nfmark, decide(to.plan, packet).nfmark];
      assert.ok(allowed.includes(trace(host, packet).nfmark), printSteps([step]));
    }
  }
  assert.deepEqual(diffPolicy(to, host), []);
  assert.deepEqual(diffPolicy(to, reversed(host)), []);
  return host;
}

function live(compiled: Compiled): HostState {
  const host = emptyHost(compiled.host);
  return simulate(host, diffPolicy(compiled, host));
}

const changes = {
  'another SAref': BASE.with(0, 'd 10.1.0.0/16'),
  'another network': BASE.with(1, 'b 10.7.0.0/16'),
  'one more': ['a 10.0.0.0/16', ...BASE],
  'one less': BASE.slice(1),
  'an entry of one set that goes to the other': BASE.with(2, 'c 10.3.0.0/16 udp'),
  'both sets': BASE.with(0, 'b 10.1.0.0/16').with(5, 'a 10.6.0.0/16 udp'),
  'the order of the sets': [...BASE.slice(3), ...BASE.slice(0, 3)],
  'wider networks behind them': [...BASE, 'a 10.0.0.0/8'],
  'sets that overlap': ['f 10.1.0.0/16 udp', 'a 10.2.0.0/16 udp', ...BASE.slice(0, 3), 'a 10.0.0.0/8 tcp'],
  'none in a row': ['a 10.1.0.0/16', 'd 10.4.0.0/16 udp'],
};

describe('the names of sets', () => {
  for (const [what, entries] of Object.entries(changes)) {
    for (const way of ['', ' in mast0']) {
      it(`let each packet find the old or the new decision at any time: ${what}${way}`, () => {
        const along = (list: readonly string[]): Compiled => policyOf(...list.map((one) => `${one}${way}`));
        const [from, to] = [along(BASE), along(entries)];
        const there = isSafe(from, live(from), to);
        const back = isSafe(to, reversed(there), from);
        isSafe(from, reversed(back), to);
      });
    }
  }

  const both = (list: readonly string[]): string[] => [...list.map((one) => `${one} in mast0`), ...list];

  it('are those that the rules ask already, where two sets hold the same', () => {
    const [from, to] = [policyOf(...both(BASE)), policyOf(...both(BASE.with(0, 'd 10.1.0.0/16')))];
    const more = policyOf(...both(BASE), 'a 10.9.0.0/16');
    const there = isSafe(from, live(from), more);
    const back = isSafe(more, reversed(there), from);
    isSafe(from, reversed(back), to);
    const twice = policyOf(
      ...['udp', 'tcp'].flatMap((proto) => BASE.slice(0, 3).map((one) => `${one} ${proto}`)),
    );
    isSafe(from, live(from), twice);
  });

  it('stay where several sets change in their marks alone', () => {
    const changed = BASE.with(0, 'd 10.1.0.0/16').with(4, 'f 10.5.0.0/16 udp');
    const [from, to] = [policyOf(...both(BASE)), policyOf(...both(changed))];
    const lines = printSteps(diffPolicy(to, live(from))).split('\n');
    const adds = lines.filter((line) => line.startsWith('add'));
    assert.deepEqual(adds.map((line) => line.slice('add -exist SAREF-SET-1 '.length)).sort(), [
      // the first one sends on
      '10.1.0.0/16 comment "d" skbmark 0x80000000/0xffff0000',
      '10.1.0.0/16 comment "d" skbmark 0x80040000/0xffff0000',
      '10.1.0.0/16 comment "d" skbmark 0x80040000/0xffff0000',
      '10.5.0.0/16 comment "f" skbmark 0x80000000/0xffff0000',
      '10.5.0.0/16 comment "f" skbmark 0x80060000/0xffff0000',
      '10.5.0.0/16 comment "f" skbmark 0x80060000/0xffff0000',
    ]);
    assert.ok(lines.every((line) => /^(add -exist|ipset restore|END|$)/.test(line)));
    isSafe(from, live(from), to);
  });

  it('stay where conns get other SArefs of both directions, whose answers have rules of their own', () => {
    const refs = ALL.map((_, at) => `{ refhim: ${String(at + 1)}, ref: ${String(at + 11)} }`);
    const [from, to] = [refs, refs.with(1, '{ refhim: 21, ref: 22 }')].map((list) =>
      policyWith(list, both(BASE)),
    ) as [Compiled, Compiled];
    const lines = printSteps(diffPolicy(to, live(from))).split('\n');
    assert.equal(lines.filter((line) => line.startsWith('add -exist')).length, 2);
    assert.ok(!lines.some((line) => /^create|^swap/.test(line)));
    assert.ok(lines.some((line) => line.includes(' SAREF-IN ')));
    isSafe(from, live(from), to);
  });

  it('stay where one set alone changes, which is done in its place', () => {
    const [from, to] = [policyOf(...BASE), policyOf(...changes['another SAref'])];
    assert.equal(
      printSteps(diffPolicy(to, live(from))),
      'ipset restore <<END\nadd -exist SAREF-SET-1 10.1.0.0/16 comment "d" skbmark 0x80040000/0xffff0000\nEND\n',
    );
  });

  it('are new ones where rules change as well, but for a set that holds the same', () => {
    const [from, to] = [policyOf(...BASE), policyOf('a 10.1.0.0/16 tcp', 'b 10.2.0.0/16', ...BASE.slice(2))];
    const steps = printSteps(diffPolicy(to, live(from)));
    assert.match(steps, /create SAREF-SET-3 /);
    assert.match(steps, /--map-set SAREF-SET-3 dst/);
    assert.ok(steps.endsWith('destroy SAREF-SET-1\nEND\n'));
    assert.ok(!steps.includes('SAREF-SET-2'));
  });

  it('are not those of sets of another type, which cannot be swapped', () => {
    const compiled = policyOf(...BASE.slice(0, 3));
    const here = live(compiled);
    const [[name, set] = ['', undefined]] = [...here.sets];
    assert.ok(set);
    const other = { ...here, sets: new Map([[name, { ...set, type: 'hash:ip' }]]) };
    const steps = printSteps(diffPolicy(compiled, other));
    assert.match(steps, /create SAREF-SET-2 hash:net[^]*destroy SAREF-SET-1\n/);
  });

  it('are all gone when ours is taken away, and come back when that is undone', () => {
    const compiled = policyOf(...BASE);
    const here = live(compiled);
    const { ours, targetOn } = goalWithoutOurs({ interface: 'mast0', table: 50 });
    const gone = simulate(here, diffHosts({ live: here, target: targetOn(here), ours }));
    assert.equal(gone.sets.size, 0);
    const back = simulate(gone, diffHosts({ live: gone, target: here, ours: goalOf(compiled).ours }));
    assert.equal(printHost(back), printHost(here));
  });
});
