import assert from 'node:assert/strict';
import { arg, commented, jumpTo, RETURN, rule, TO_THIS_HOST } from '../../../src/iptables/build.ts';
import { printRule } from '../../../src/iptables/index.ts';
import type { AnyRule } from '../../../src/iptables/index.ts';

describe('printRule', () => {
  it('puts the options of a rule in the order of iptables-save, whatever the order in the model', () => {
    const all: AnyRule = {
      kind: 'rule',
      target: RETURN,
      matches: [],
      builtins: {
        protocol: arg('udp'),
        outInterface: { negated: true, value: 'mast0' },
        inInterface: arg('eth+'),
        dst: { negated: true, value: { address: 0xc0a80000, prefix: 16 } },
        src: arg({ address: 0x0a090101, prefix: 32 }),
      },
    };
    assert.equal(printRule(all), '-s 10.9.1.1/32 ! -d 192.168.0.0/16 -i eth+ ! -o mast0 -p udp -j RETURN');
  });

  it('puts the options of a match in the order of iptables-save', () => {
    const udp = {
      kind: 'udp',
      options: { dport: arg({ first: 1, last: 2 }), sport: arg({ first: 500, last: 500 }) },
    } as const;
    assert.equal(printRule(rule([udp], RETURN)), '-m udp --sport 500 --dport 1:2 -j RETURN');
  });

  it('leaves the order of matches alone', () => {
    const matches = [commented('b'), TO_THIS_HOST, commented('a c')];
    assert.equal(
      printRule(rule(matches, jumpTo('IPSEC'))),
      '-m comment --comment b -m addrtype --dst-type LOCAL -m comment --comment "a c" -j IPSEC',
    );
  });

  it('tells jump from goto', () => {
    assert.equal(printRule(rule([], jumpTo('IPSEC'))), '-j IPSEC');
    assert.equal(printRule(rule([], { kind: 'goto', chain: 'IPSEC' })), '-g IPSEC');
  });

  it('prints the mask of --set-xmark always, and that of --mark where it is not the whole word', () => {
    const mark = arg({ value: 1, mask: 0xffffffff });
    const twice = rule([{ kind: 'mark', options: { mark } }], { kind: 'MARK', options: { setXmark: mark } });
    assert.equal(printRule(twice), '-m mark --mark 0x1 -j MARK --set-xmark 0x1/0xffffffff');
  });

  it('prints nothing for a rule that asks nothing and does nothing', () => {
    assert.equal(printRule({ kind: 'rule', builtins: {}, matches: [], target: undefined }), '');
  });

  it('prints what is opaque as it stood', () => {
    assert.equal(printRule({ kind: 'opaque', words: ['-p', 'tcp', '-f'] }), '-p tcp -f');
    const words = ['--log-prefix', '"a b"'];
    assert.equal(
      printRule(rule([{ kind: 'opaque', name: 'esp', words: [] }], { kind: 'opaque', name: 'LOG', words })),
      '-m esp -j LOG --log-prefix "a b"',
    );
  });
});
