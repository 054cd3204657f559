import assert from 'node:assert/strict';
import { lowerRouting, lowerSysctls, mastIn } from '../../../src/lower/routing.ts';
import { compiledOf } from '../../support/compiled.ts';

const { plan } = compiledOf('version: 1\nmast: { interface: mast1.7, table: 70 }\nsarefs: {}\nentries: []\n');

describe('lowerRouting', () => {
  const { routes, ipRules } = lowerRouting(plan);

  it('has the route that refuses before the route that leads out', () => {
    assert.deepEqual(routes, {
      table: 70,
      routes: [
        { words: 'unreachable default metric 4294967295' },
        { words: 'default dev mast1.7 scope link' },
      ],
    });
  });

  it('routes what is decapsulated by main, and marked packets by the table or not at all', () => {
    assert.deepEqual(
      ipRules.map(({ priority, words }) => `${String(priority)} ${words}`),
      [
        '32763 from all iif mast1.7 lookup main',
        '32764 from all iif mast1.7 unreachable',
        '32765 from all fwmark 0x80000000/0x80000000 lookup 70',
        '32765 from all fwmark 0x80000000/0x80000000 unreachable',
      ],
    );
  });
});

describe('lowerSysctls', () => {
  it('turns the mark of what is decapsulated on, and the marks of replies off', () => {
    assert.deepEqual(
      [...lowerSysctls({ ...plan, interface: 'mast0' })],
      [
        ['net.ipv4.conf.mast0.src_valid_mark', true],
        ['net.ipv4.fwmark_reflect', false],
        ['net.ipv4.tcp_fwmark_accept', false],
      ],
    );
  });

  it('writes the dots of a device as sysctl does', () => {
    const [[first] = []] = [...lowerSysctls({ ...plan, interface: 'mast.1.7' })];
    assert.equal(first, 'net.ipv4.conf.mast/1/7.src_valid_mark');
  });
});

describe('mastIn', () => {
  it('finds device and routing table in ip rules of ours', () => {
    const { ipRules } = lowerRouting(plan);
    assert.deepEqual(mastIn(ipRules), { interface: 'mast1.7', table: 70 });
  });

  it('finds nothing where there are none, or others', () => {
    const foreign = [
      'from all iif eth0 lookup main',
      'from all fwmark 0x7 lookup 70',
      'from all lookup main',
    ];
    assert.equal(mastIn(foreign.map((words) => ({ priority: 1, words }))), undefined);
    assert.equal(mastIn([]), undefined);
  });
});
