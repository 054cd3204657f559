import assert from 'node:assert/strict';
import { parseIpRules, printIpRule, sameIpRule } from '../../../src/host/ip-rule.ts';

// ip -4 rule show (iproute2 6.1)
const TEXT = `0:	from all lookup local
32763:	from all iif mast0 [detached] lookup main
32765:	from all fwmark 0x80000000/0x80000000 lookup 50
32765:	from all fwmark 0x80000000/0x80000000 unreachable
`;

describe('parseIpRules', () => {
  it('reads priorities and words, in the order of the kernel', () => {
    assert.deepEqual(parseIpRules(TEXT), [
      { priority: 0, words: 'from all lookup local' },
      { priority: 32763, words: 'from all iif mast0 lookup main' },
      { priority: 32765, words: 'from all fwmark 0x80000000/0x80000000 lookup 50' },
      { priority: 32765, words: 'from all fwmark 0x80000000/0x80000000 unreachable' },
    ]);
  });

  it('does not look at blanks', () => {
    assert.deepEqual(parseIpRules('7:  from  all   lookup 9 \n  \n\n'), [
      { priority: 7, words: 'from all lookup 9' },
    ]);
  });

  it('does not look at whether an interface is there, of either kind', () => {
    assert.deepEqual(parseIpRules('7:\tfrom all iif a [detached] oif b\t[detached] lookup 9\n'), [
      { priority: 7, words: 'from all iif a oif b lookup 9' },
    ]);
  });

  it('refuses a priority that no number here holds exactly', () => {
    assert.equal(parseIpRules('7327632763276327632766: from all lookup main\n'), undefined);
  });

  it('reads no rules from no text', () => {
    assert.deepEqual(parseIpRules(''), []);
  });

  it('reads nothing where a line is no rule', () => {
    assert.equal(parseIpRules(`${TEXT}Dump terminated\n`), undefined);
  });
});

describe('an ip rule', () => {
  it('is printed as ip prints it', () => {
    const printed = (parseIpRules(TEXT) ?? []).map(printIpRule);
    assert.deepEqual(printed, TEXT.replace(' [detached]', '').trimEnd().split('\n'));
  });

  it('is another one with another priority or other words', () => {
    const rule = { priority: 7, words: 'from all lookup 9' };
    assert.ok(sameIpRule(rule, { ...rule }));
    assert.ok(!sameIpRule(rule, { ...rule, priority: 8 }));
    assert.ok(!sameIpRule(rule, { ...rule, words: 'from all lookup 8' }));
  });
});
