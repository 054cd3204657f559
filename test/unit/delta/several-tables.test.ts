import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import { simulate } from '../../../src/delta/simulate.ts';
import { printHost } from '../../../src/host/print.ts';
import type { HostState } from '../../../src/host/state.ts';
import { emptyHost, onKernel } from '../../../src/host/state.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';
import { mangleText } from '../../support/hosts.ts';

const { host } = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.0.0.0/8 }]\n');

const NAT = '-A OUTPUT -j SAREF-ALIAS\n-A SAREF-ALIAS -d 10.1.0.0/24 -j NETMAP --to 10.2.0.0/24';
const RAW = '-A PREROUTING -i mast0 -j SAREF-ZONE\n-A SAREF-ZONE -j CT --zone-orig 1';

function withTables(nat: string, raw: string): HostState {
  const texts = {
    nat: mangleText(nat).replace('mangle', 'nat'),
    raw: mangleText(raw).replace('mangle', 'raw'),
  };
  const { tables } = hostOf({ mangle: '', ...texts });
  return { ...host, tables: { ...tables, mangle: host.tables.mangle } };
}

const TARGET = withTables(NAT, RAW);

function tablesIn(steps: ReturnType<typeof diffHosts>): string[] {
  return steps.flatMap((step) => (step.tool === 'iptables-restore' ? [step.table] : []));
}

describe('the steps of several tables', () => {
  it('write nat and raw before the marks, each in a transaction of its own', () => {
    const live = onKernel(emptyHost(TARGET));
    const steps = diffHosts({ live, target: TARGET, ours: TARGET });
    assert.deepEqual(tablesIn(steps), ['nat', 'raw', 'mangle']);
    assert.deepEqual(diffHosts({ live: simulate(live, steps), target: TARGET, ours: TARGET }), []);
  });

  it('take them away after the marks, and leave what is foreign', () => {
    const foreign = withTables('-A OUTPUT -j ACCEPT', '-A PREROUTING -j ACCEPT');
    const before = onKernel({
      ...emptyHost(TARGET),
      tables: { ...foreign.tables, mangle: emptyHost(TARGET).tables.mangle },
    });
    const live = simulate(before, diffHosts({ live: before, target: TARGET, ours: TARGET }));
    const steps = diffHosts({ live, target: emptyHost(TARGET), ours: TARGET });
    assert.deepEqual(tablesIn(steps), ['mangle', 'raw', 'nat']);
    const after = simulate(live, steps);
    for (const name of ['nat', 'raw'] as const) assert.deepEqual(after.tables[name], before.tables[name]);
  });

  it('change one table alone where the others are as they should be', () => {
    const live = withTables(NAT.replace('10.2', '10.3'), RAW);
    const steps = diffHosts({ live, target: TARGET, ours: TARGET });
    assert.deepEqual(tablesIn(steps), ['nat']);
    assert.match(
      printHost(simulate(live, steps)),
      /^\*nat\n[^]*--to 10\.2\.0\.0\/24\nCOMMIT\n[^]*^\*raw\n[^]*^\*mangle\n/m,
    );
  });
});
