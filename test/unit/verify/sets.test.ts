import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import type { HostState } from '../../../src/host/state.ts';
import type { Check } from '../../../src/verify/check.ts';
import { checkEnvironment } from '../../../src/verify/environment.ts';
import { hostOf } from '../../support/hosts.ts';

const SET = 'create SAREF-SET-1 hash:net comment family inet skbinfo maxelem 65536\n';

function element(at: number): string {
  return `add SAREF-SET-1 10.${String(at)}.0.0/16 comment "c" skbmark 0x80010000/0xffff0000\n`;
}

function check(live: HostState, target: HostState): Check | undefined {
  const steps = diffHosts({ live, target, ours: target });
  return checkEnvironment({ live, target, steps }).find(({ name }) => name === 'sets');
}

describe('verify of sets', () => {
  const wanted = hostOf({ sets: SET + element(1) + element(2) + element(3) });

  it('does not speak of them where there are none', () => {
    assert.equal(check(hostOf(), hostOf()), undefined);
  });

  it('counts the elements that are as they should be', () => {
    const found = check(wanted, wanted);
    assert.deepEqual([found?.text, found?.diagnostics], ['all 3 elements, each with its mark', []]);
  });

  it('says what is to be done to an element without its mark', () => {
    const live = hostOf({ sets: SET + element(1) + element(2).replace(/ skbmark .*/, '') + element(3) });
    const found = check(live, wanted);
    assert.equal(found?.text, 'not those of the policy');
    assert.match(
      String(found.diagnostics[0]?.detail),
      /by ipset:\n {4}add -exist SAREF-SET-1 10\.2\.0\.0\/16 comment "c" skbmark 0x80010000\/0xffff0000$/,
    );
  });

  it('says the first ten things of many, and of sets that are left over', () => {
    const many = hostOf({ sets: SET + Array.from({ length: 20 }, (_, at) => element(at)).join('') });
    assert.match(String(check(hostOf(), many)?.diagnostics[0]?.detail), /and 11 more$/);
    assert.match(String(check(wanted, hostOf())?.diagnostics[0]?.detail), /destroy SAREF-SET-1$/);
  });
});
