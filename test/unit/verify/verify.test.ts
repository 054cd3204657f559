import assert from 'node:assert/strict';
import { printIpRule } from '../../../src/host/ip-rule.ts';
import { onKernel } from '../../../src/host/state.ts';
import { printTable } from '../../../src/iptables/table.ts';
import { goalOf } from '../../../src/pipeline.ts';
import type { HostTools } from '../../../src/system/host-tools.ts';
import { checkBefore } from '../../../src/verify/before.ts';
import type { Check } from '../../../src/verify/check.ts';
import { isGreen } from '../../../src/verify/check.ts';
import type { VerifyPorts } from '../../../src/verify/verify.ts';
import { verifyHost } from '../../../src/verify/verify.ts';
import { compiledOf } from '../../support/compiled.ts';

const compiled = compiledOf(
  'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 192.168.0.0/24 }]\n',
);

const WISH = { plan: compiled.plan, goal: goalOf(compiled) };

/** Tools of a host that is at the policy, but for the text of its mangle table. */
function portsOf(mangle = printTable(compiled.host.tables.mangle)): VerifyPorts {
  const { host } = compiled;
  const tools: Partial<HostTools> = {
    read: ({ sysctls }) =>
      Promise.resolve({
        mangle,
        nat: undefined,
        raw: undefined,
        sets: undefined,
        ipRules: onKernel(host).ipRules.map(printIpRule).join('\n'),
        routes: host.routes.routes.map(({ words }) => words).join('\n'),
        link: '2: mast0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1500',
        sysctls: sysctls.map((key) => `${key} = ${/src_valid|ip_forward/.test(key) ? '1' : '0'}`).join('\n'),
      }),
    readAddresses: () => Promise.resolve('5: eth1    inet 10.9.1.7/24 scope global eth1\n'),
    routesOf: (queries) =>
      Promise.resolve(queries.map((query) => ({ isRoute: true, text: `${query} dev mast0 table 50` }))),
    readLinks: () =>
      Promise.resolve('2: mast0: <UP> mtu 1400 qdisc noqueue\n5: eth1: <UP> mtu 1500 qdisc noqueue\n'),
    readDefaultRoutes: () => Promise.resolve('default via 10.9.1.1 dev eth1 \n'),
    backend: {
      ...{ version: 'iptables v1.8.9 (nf_tables)', name: 'nf_tables' },
      ...{ save: 'iptables-nft-save', restore: 'iptables-nft-restore' },
    } as const,
    readCounters: () => Promise.resolve('*mangle\nCOMMIT\n'),
    restore: () => Promise.resolve(),
  };
  return {
    tools: tools as HostTools,
    send: () => Promise.resolve(['sent']),
    isInterrupted: () => false,
    freshPort: 50_000,
    askPluto: () => Promise.resolve({ kind: 'no ipsec' }),
    readBeside: () => Promise.resolve(undefined),
    readIpsecConf: () => Promise.resolve({ kind: 'absent', name: '/etc/ipsec.conf' }),
  };
}

const AROUND = ['mast device', 'rules', 'ip rules', 'routes', 'switches', 'reverse path', 'other users'];

function namesOf(checks: readonly Check[]): string[] {
  return checks.map(({ name }) => name);
}

describe('checkBefore', () => {
  const beforeOf = async (mangle: string, policy = compiled): Promise<readonly Check[]> =>
    checkBefore({ plan: policy.plan, goal: goalOf(policy) }, portsOf(mangle));

  it('follows packets through the rules that there would be, and finds nothing amiss where there are none', async () => {
    const checks = await beforeOf('*mangle\nCOMMIT\n');
    assert.deepEqual(
      checks.map(({ name, result }) => `${name}: ${result}`),
      [
        ...['mast device: ok', 'other users: ok', 'rules to come: ok', 'answers: not checked'],
        ...['unmarked routes: ok', 'segments: ok', 'SArefs: not checked', 'updown script: not checked'],
      ],
    );
    assert.equal(isGreen(checks), true);
  });

  it('finds a rule of others that would change a mark of ours', async () => {
    const rule = '-A POSTROUTING -j MARK --set-xmark 0x1/0xffffffff';
    const checks = await beforeOf(`*mangle\n:POSTROUTING ACCEPT [0:0]\n${rule}\nCOMMIT\n`);
    const failed = checks.filter(({ result }) => result === 'failed');
    assert.deepEqual(namesOf(failed), ['rules to come']);
    const { labels = [], detail = '' } = failed[0]?.diagnostics[0] ?? {};
    assert.match(labels[0]?.text ?? '', /the policy says 0x80120000 \(SAref 18\), the rules to come 0x1 /);
    assert.ok(detail.includes(rule));
  });

  it('says nothing more of a host that cannot be read', async () => {
    const checks = await beforeOf('*mangle\n');
    assert.deepEqual([namesOf(checks), isGreen(checks)], [['host'], false]);
  });

  it('looks at redirects where a plan sends on from client to client', async () => {
    const onward = compiledOf(
      'version: 1\nsarefs: { ben: 22 }\nentries: [{ conn: ben, dst: 10.20.2.0/24, in: mast0 }]\n',
    );
    assert.ok(namesOf(await beforeOf('*mangle\nCOMMIT\n', onward)).includes('redirects'));
  });
});

describe('verifyHost', () => {
  it('asks everything that can be asked, and sends nothing unless it is to', async () => {
    const { checks, probed } = await verifyHost(WISH, portsOf(), 'no probe');
    assert.deepEqual(namesOf(checks), [
      ...AROUND,
      ...[
        'live rules',
        'answers',
        'local routes',
        'forwarded routes',
        'unmarked routes',
        'segments',
        'SArefs',
        'updown script',
      ],
    ]);
    assert.deepEqual([isGreen(checks), probed], [true, undefined]);
    assert.deepEqual(namesOf(checks.filter(({ result }) => result !== 'ok')), [
      ...['answers', 'SArefs', 'updown script'],
    ]);
  });

  for (const probing of ['drop', 'send'] as const) {
    it(`sends packets, too: ${probing}`, async () => {
      const { checks, probed } = await verifyHost(WISH, portsOf(), probing);
      assert.deepEqual(namesOf(checks).slice(-2), ['probe', 'forwarded probe']);
      assert.equal(probed?.kind, 'seen');
      // nothing counts them here
      assert.equal(isGreen(checks), false);
    });
  }

  it('is not green where the host cannot be read', async () => {
    const { checks } = await verifyHost(WISH, portsOf('*mangle\n'), 'no probe');
    assert.deepEqual(namesOf(checks), ['host', 'SArefs', 'updown script']);
    assert.deepEqual([checks[0]?.result, isGreen(checks)], ['not checked', false]);
    assert.equal(checks[0]?.diagnostics[0]?.code, 'SM2001');
  });
});
