import assert from 'node:assert/strict';
import { setSteps } from '../../../src/delta/sets.ts';
import { simulate } from '../../../src/delta/simulate.ts';
import type { Step } from '../../../src/delta/step.ts';
import { printSets } from '../../../src/host/ip-set-text.ts';
import type { HostState } from '../../../src/host/state.ts';
import { hostOf } from '../../support/hosts.ts';
import { printSteps } from '../../support/steps.ts';

const CREATE = 'create SAREF-SET-1 hash:net comment family inet skbinfo maxelem 65536\n';

function element(network: string, saref: number): string {
  return `add SAREF-SET-1 ${network} comment "c${String(saref)}" skbmark 0x800${String(saref)}0000/0xffff0000\n`;
}

const [ONE, TWO, THREE, FOUR] = [
  element('10.1.0.0/16', 1),
  element('10.2.0.0/16', 2),
  element('10.3.0.0/16', 3),
  element('10.4.0.0/16', 4),
] as const;

/** The steps before and after the rules, having seen that they lead there. */
function steps(live: string, target: string): [string, string] {
  const [from, to] = [hostOf({ sets: live }), hostOf({ sets: target })];
  const { before, after } = setSteps({ live: from, target: to, ours: to });
  const reached = simulate(from, [...before, ...after]);
  const ours = (host: HostState): readonly string[] => printSets(host.sets);
  assert.deepEqual(
    ours(reached).filter((line) => !line.includes(' others')),
    ours(to),
  );
  return [printSteps(before), printSteps(after)];
}

const spare = (text: string): string => text.replaceAll('SAREF-SET-1', 'SAREF-SET-NEW');

describe('the steps from sets to sets', () => {
  it('are none where the sets are there, in whatever order', () => {
    assert.deepEqual(steps(CREATE + ONE + TWO, CREATE + TWO + ONE), ['', '']);
  });

  it('make a set before the rules, with all that is in it', () => {
    assert.deepEqual(steps('', CREATE + ONE + TWO), [`ipset restore <<END\n${CREATE}${ONE}${TWO}END\n`, '']);
  });

  it('take sets of ours away after the rules, and none of others', () => {
    const others = 'create others hash:ip\n';
    assert.deepEqual(steps(others + CREATE + ONE, ''), [
      '',
      'ipset restore <<END\ndestroy SAREF-SET-1\nEND\n',
    ]);
  });

  it('change single elements where they are few and apart', () => {
    const [before] = steps(
      CREATE + ONE + TWO + THREE + FOUR,
      CREATE + ONE.replaceAll('c1', 'c5') + TWO + THREE,
    );
    assert.equal(
      before,
      `ipset restore <<END\ndel -exist SAREF-SET-1 10.4.0.0/16\n${ONE.replaceAll('c1', 'c5').replace('add', 'add -exist')}END\n`,
    );
  });

  const whole = {
    'are many': [ONE + TWO, THREE + FOUR],
    'lie one in the other': [
      ONE + TWO + THREE,
      ONE + TWO + THREE + element('10.4.0.0/16', 5) + element('10.4.1.0/24', 6),
    ],
    'hide others': [ONE + TWO + THREE + 'add SAREF-SET-1 10.9.0.0/16 nomatch\n', ONE + TWO + THREE],
    'are no networks': [`${ONE}${TWO}${THREE}add SAREF-SET-1 x\n`, ONE + TWO + THREE],
  } as const;
  for (const [why, [live, target]] of Object.entries(whole)) {
    it(`fill another set and swap it in where the elements that change ${why}`, () => {
      const [before, after] = steps(CREATE + live, CREATE + target);
      assert.match(before, /^ipset restore <<END\ncreate SAREF-SET-NEW /);
      assert.ok(before.includes(spare(ONE)) || before.includes(spare(THREE)));
      assert.ok(
        before.endsWith(
          'END\nipset restore <<END\nswap SAREF-SET-NEW SAREF-SET-1\ndestroy SAREF-SET-NEW\nEND\n',
        ),
      );
      assert.equal(after, '');
    });
  }

  it('replace a set without marks, which a swap would take and nobody could tell', () => {
    const bare = 'create SAREF-SET-1 hash:net family inet maxelem 65536\nadd SAREF-SET-1 10.1.0.0/16\n';
    assert.match(steps(bare, CREATE + ONE)[0], /swap SAREF-SET-NEW SAREF-SET-1/);
  });

  it('replace a set that has no room for more', () => {
    const full = CREATE.replace('65536', '2') + ONE + TWO;
    assert.match(steps(full, CREATE + ONE + TWO + THREE)[0], /create SAREF-SET-NEW .*maxelem 65536/);
    assert.match(steps(full.replace(' maxelem 2', ''), CREATE + ONE + TWO + THREE)[0], /swap/);
  });

  it('begin with what is left of an attempt that broke off, if it is in the way', () => {
    const left = spare(CREATE + ONE);
    const [before, after] = steps(CREATE + ONE + TWO + left, CREATE + THREE + FOUR);
    assert.match(before, /^ipset restore <<END\ndestroy SAREF-SET-NEW\nEND\nipset restore <<END\ncreate/);
    assert.equal(after, '');
    assert.deepEqual(steps(CREATE + ONE + left, CREATE + ONE), [
      '',
      'ipset restore <<END\ndestroy SAREF-SET-NEW\nEND\n',
    ]);
  });

  it('know which entry of a policy each line is for', () => {
    const target = hostOf({ sets: CREATE + ONE });
    const origin = { source: { name: 'p', text: '' }, start: 3, end: 4 };
    const [[name, set] = ['', undefined]] = [...target.sets];
    assert.ok(set);
    const elements = new Map([...set.elements].map(([entry, one]) => [entry, { ...one, origin }]));
    const wanted = { ...target, sets: new Map([[name, { ...set, elements }]]) };
    const [step] = setSteps({ live: hostOf(), target: wanted, ours: target }).before as [Step];
    assert.deepEqual(step.tool === 'ipset' && step.origins, [undefined, origin]);
    const simulated = simulate(hostOf(), [step]).sets.get(name)?.elements.get('10.1.0.0/16');
    assert.equal(simulated?.origin, origin);
  });
});
