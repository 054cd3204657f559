import assert from 'node:assert/strict';
import { finishBuiltins, finishMatch, finishTarget } from '../../../src/iptables/finish.ts';
import type { Arg } from '../../../src/iptables/option.ts';
import { printPlain } from '../../../src/iptables/print-rule.ts';
import { network } from '../../support/addresses.ts';
import { readRule } from '../../support/rules.ts';

function arg<T>(value: T, negated = false): Arg<T> {
  return { negated, value };
}

describe('what iptables makes of options', () => {
  it('drops what asks nothing of a packet', () => {
    const idle = {
      src: arg(network('0/0')),
      dst: arg(network('::/0')),
      inInterface: arg('+'),
      outInterface: arg('+'),
      protocol: arg(0),
    };
    assert.deepEqual(finishBuiltins({ ...idle, fragment: arg(true) }), { fragment: arg(true) });
  });

  it('keeps what is negated, and what asks something', () => {
    const options = {
      src: arg(network('0/0'), true),
      dst: arg(network('10.0.0.0/8')),
      inInterface: arg('+', true),
      outInterface: arg('eth+'),
      protocol: arg(6),
    };
    assert.deepEqual(finishBuiltins(options), options);
  });

  it('passes on options that could not be read', () => {
    assert.equal(finishMatch('mark', undefined), undefined);
    assert.equal(finishTarget('MARK', undefined), undefined);
  });

  it('refuses a negated option of a target', () => {
    assert.equal(finishTarget('ACCEPT', { any: arg(1, true) }), undefined);
    assert.deepEqual(finishTarget('ACCEPT', { any: arg(1) }), { any: arg(1) });
  });

  const cases: readonly (readonly [string, string])[] = [
    ['-p tcp -m tcp --sport 0:65535 --dport 1', '-p tcp -m tcp --dport 1'],
    ['-p udp -m udp --dport 0: --sport :65535', '-p udp -m udp'],
    ['-p tcp -m tcp --tcp-option 8', '-p tcp -m tcp --tcp-option 8'],
    ['-p ah -m ah --ahspi 0: --ahlen 5 --ahres', '-p ah -m ah --ahlen 5 --ahres'],
    ['-p ah -m ah ! --ahspi 0:4294967295', '-p ah -m ah ! --ahspi 0:4294967295'],
    ['-p esp -m esp --espspi 1:', '-p esp -m esp --espspi 1:4294967295'],
    ['-m set --match-set a src --update-subcounters', '-m set --match-set a src'],
    ['-j CT --zone 0', '-j CT'],
    ['-j CT --zone 1 --notrack', '-j CT --notrack --zone 1'],
    ['-j CONNMARK --save-mark', '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
    ['-j CONNMARK --restore-mark --mask 1', '-j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0x1'],
    ['-j CONNMARK --restore-mark --nfmask 1', '-j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0xffffffff'],
    ['-j CONNMARK --set-mark 1', '-j CONNMARK --set-xmark 0x1/0xffffffff'],
    ['-j CONNMARK --set-mark 1 --left-shift-mark 0', '-j CONNMARK --set-xmark 0x1/0xffffffff'],
    [
      '-j CONNMARK --set-mark 1 --right-shift-mark 4',
      '-j CONNMARK --set-xmark 0x1/0xffffffff --right-shift-mark 4',
    ],
    ['-m policy --dir in', '-m policy --dir in --pol ipsec'],
    ['-m policy --dir in --pol none', '-m policy --dir in --pol none'],
    ['-p tcp -m tcp --tcp-flags NONE SYN', '-p tcp -m tcp'],
    ['-p tcp ! --tcp-flags NONE SYN --dport 5', '-p tcp -m tcp --dport 5'],
    ['-p tcp ! --tcp-flags SYN NONE', '-p tcp -m tcp ! --tcp-flags SYN NONE'],
  ];
  for (const [typed, saved] of cases) {
    it(`prints ${saved} where ${typed} is typed`, () => {
      assert.equal(printPlain(readRule(typed)), saved);
    });
  }

  for (const [options, why] of [
    ['', 'no operation'],
    ['--save-mark --restore-mark', 'two operations'],
    ['--set-mark 1 --mask 2', 'a mask of its own for an operation that has one'],
    ['--save-mark --mask 1 --nfmask 2', 'two masks for the nfmark'],
    ['--save-mark --mask 1 --ctmask 2', 'two masks for the ctmark'],
    ['--set-mark 1 --ctmask 2', 'a mask of the ctmark for an operation that has one'],
    ['--save-mark --left-shift-mark 1 --right-shift-mark 1', 'two shifts'],
  ] as const) {
    it(`does not read a CONNMARK with ${why}`, () => {
      assert.equal(readRule(`-j CONNMARK ${options}`).target?.kind, 'opaque');
    });
  }
});
