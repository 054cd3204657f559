import assert from 'node:assert/strict';
import {
  arg,
  commented,
  FROM_THIS_HOST,
  jumpTo,
  marked,
  RETURN,
  rule,
  TO_THIS_HOST,
} from '../../../src/iptables/build.ts';
import { printPlain, printRule } from '../../../src/iptables/print-rule.ts';
import { network } from '../../support/addresses.ts';
import { readRule } from '../../support/rules.ts';

describe('printRule', () => {
  it('prints a rule that was made from its parts as iptables-save prints it', () => {
    const builtins = {
      protocol: arg(17),
      dst: { negated: true, value: network('10.9.1.1') },
      src: arg(network('10.9.0.0/16')),
      fragment: { negated: true, value: true as const },
      outInterface: arg('mast0'),
    };
    const matches = [
      marked({ value: 0, mask: 0x80000000 }),
      commented("it's ours"),
      FROM_THIS_HOST,
      TO_THIS_HOST,
    ];
    assert.equal(
      printRule(rule(matches, jumpTo('SAREF-A'), builtins)),
      '-s 10.9.0.0/16 ! -d 10.9.1.1/32 -o mast0 -p udp ! -f -m mark --mark 0x0/0x80000000 ' +
        String.raw`-m comment --comment "it\'s ours" -m addrtype --src-type LOCAL -m addrtype --dst-type LOCAL -j SAREF-A`,
    );
    assert.equal(printRule(rule([], RETURN)), '-j RETURN');
    assert.equal(printRule(rule([], { kind: 'goto', chain: 'X' })), '-g X');
    assert.equal(printRule({ kind: 'rule', builtins: {}, matches: [], target: undefined }), '');
  });

  it('prints what was read as it was spelled, and plainly where that is asked', () => {
    const text = '--jump LOG  --log-prefix "x" -m limit --limit "1/sec" --src 10.0.0.1';
    assert.equal(printRule(readRule(text)), text);
    assert.equal(
      printPlain(readRule(text)),
      '-s 10.0.0.1/32 -m limit --limit "1/sec" -j LOG --log-prefix "x"',
    );
  });

  it('prints what cannot be read as it is', () => {
    assert.equal(printRule({ kind: 'opaque', text: ' -s  host.example' }), ' -s  host.example');
  });
});
