import assert from 'node:assert/strict';
import { sameRule } from '../../../src/iptables/index.ts';

describe('sameRule', () => {
  const same = [
    ['-j RETURN', '-j RETURN'],
    ['-j RETURN', ' -j  RETURN '],
    ['-m comment --comment foo -j RETURN', '-m comment --comment "foo" -j RETURN'],
    ['-m mark --mark 0x1', '-m mark --mark 0x1/0xffffffff'],
    ['-m mark --mark 0x1', '-m mark --mark 1'],
    ['-s 10.9.1.1/32 -j RETURN', '-s 10.9.1.1 -j RETURN'],
    ['-m conntrack --ctstate NEW', '-m  conntrack --ctstate NEW '],
  ] as const;
  for (const [one, other] of same) {
    it(`holds for ${one} and ${other}`, () => {
      assert.equal(sameRule(one, other), true);
      assert.equal(sameRule(other, one), true);
    });
  }

  const different = [
    ['-j IPSEC', '-g IPSEC'],
    ['-g IPSEC --why', '-j IPSEC --why'],
    ['-j "a b"', '-j a b'],
    ['-m mark --mark 0x1 -j RETURN', '-m mark ! --mark 0x1 -j RETURN'],
    ['-s 10.9.1.1/32', '-d 10.9.1.1/32'],
    ['-m udp --dport 80', '-m multiport --dports 80'],
    ['-p udp', '-p udp -m udp'],
    // a value bit outside of the mask never matches
    ['-m mark --mark 0x1ff/0xff', '-m mark --mark 0xff/0xff'],
    ['-j MARK --set-xmark 0x1ff/0xff', '-j MARK --set-xmark 0x1ff/0x1ff'],
    ['-m comment --comment a -m comment --comment b', '-m comment --comment b -m comment --comment a'],
    ['-m comment --comment a', '-m comment --comment "a "'],
  ] as const;
  for (const [one, other] of different) {
    it(`does not hold for ${one} and ${other}`, () => {
      assert.equal(sameRule(one, other), false);
      assert.equal(sameRule(other, one), false);
    });
  }
});
