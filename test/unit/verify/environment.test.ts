import assert from 'node:assert/strict';
import { withMangle } from '../../../src/host/state.ts';
import { diffHosts } from '../../../src/delta/delta.ts';
import type { HostState } from '../../../src/host/state.ts';
import type { Check } from '../../../src/verify/check.ts';
import { checkEnvironment, isRoutingAmiss, reversePathKeys } from '../../../src/verify/environment.ts';
import { compiledOf } from '../../support/compiled.ts';
import { liveOf } from '../../support/live.ts';

const compiled = compiledOf(
  'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 192.168.0.0/24 }]\n',
);
const { host: target, ours } = compiled;

function around(live: HostState): Parameters<typeof checkEnvironment>[0] {
  return { live, target, steps: diffHosts({ live, target, ours }) };
}

/** The one that is not ok. */
function only(live: HostState): Check {
  const [check, ...others] = checkEnvironment(around(live)).filter(({ result }) => result !== 'ok');
  assert.ok(check);
  assert.deepEqual(others, []);
  return check;
}

function detailOf({ diagnostics }: Check): string {
  return diagnostics.map(({ code, detail }) => `${code} ${String(detail)}`).join('\n');
}

const healthy = liveOf(compiled);

function withSwitch(...pairs: readonly (readonly [string, boolean])[]): HostState {
  return { ...healthy, sysctls: new Map([...healthy.sysctls, ...pairs]) };
}

describe('the environment', () => {
  it('is all right on a host that holds what the policy compiles to', () => {
    const checks = checkEnvironment(around(healthy));
    assert.deepEqual(
      checks.map(({ name, result, text }) => `${name}: ${result}: ${text}`),
      [
        'mast device: ok: mast0 is up',
        'rules: ok: all of the policy, in their order, and no others among them',
        'ip rules: ok: all 4 are there, in their order',
        'routes: ok: table 50 leads to mast0, and to nowhere without it',
        'switches: ok: fwmark_reflect and tcp_fwmark_accept are off',
        'reverse path: ok: src_valid_mark is on; rp_filter is off',
      ],
    );
    assert.equal(isRoutingAmiss(around(healthy)), false);
  });

  it('has no mast device, or one that is down', () => {
    const absent = only({ ...healthy, link: { name: 'mast0', state: 'absent' } });
    assert.equal(absent.text, 'there is no mast0');
    assert.match(detailOf(absent), /^SM3003 There is no network device mast0/);
    const down = { ...healthy, link: { name: 'mast0', state: 'down' } } as const;
    assert.match(detailOf(only(down)), /^SM4008 ip link set dev mast0 up: the mast device is down/);
    assert.equal(isRoutingAmiss(around(down)), true);
    assert.equal(isRoutingAmiss(around({ ...healthy, link: { name: 'mast0', state: 'absent' } })), true);
  });

  it('lacks rules: says what that means, and some of what is to be done', () => {
    const jump = only(liveOf(compiled, (rules) => rules.replace('-A OUTPUT -j IPSEC\n', '')));
    assert.equal(
      detailOf(jump),
      'SM4008 packets of this host do not meet the rules, or others first\nWhat is to be done to the mangle table:\n    -I OUTPUT 1 -j IPSEC',
    );
    assert.match(detailOf(only(withMangle(healthy, new Map()))), /\n {4}and \d+ more$/);
  });

  it('lacks an ip rule', () => {
    const ipRules = healthy.ipRules.filter(({ priority }) => priority !== 32764);
    const check = only({ ...healthy, ipRules });
    assert.deepEqual([check.name, check.text], ['ip rules', 'missing, or not in their order']);
    assert.match(detailOf(check), /^SM4008 ip rule add priority 32764 /);
    assert.equal(isRoutingAmiss(around({ ...healthy, ipRules })), true);
  });

  const withRoute = (words: string): HostState => ({
    ...healthy,
    routes: { table: 50, routes: [...healthy.routes.routes, { words }] },
  });

  it('lacks a route, or has one that leads elsewhere', () => {
    const [unreachable, ...rest] = healthy.routes.routes;
    assert.match(String(unreachable?.words), /^unreachable/);
    const check = only({ ...healthy, routes: { table: 50, routes: rest } });
    assert.deepEqual([check.name, check.text], ['routes', 'table 50 is not as it should be']);
    assert.match(detailOf(check), /leave in clear when the mast device goes down$/);
    assert.equal(
      detailOf(only(withRoute('192.168.0.0/25 via 10.0.0.1 dev eth0'))),
      'SM4008 Table 50 leads marked packets elsewhere:\n    192.168.0.0/25 via 10.0.0.1 dev eth0',
    );
    const words = Buffer.from('10.0.0.0/8 dev zürich').toString('latin1');
    assert.match(detailOf(only(withRoute(words))), / dev zürich$/);
  });

  for (const words of ['192.168.7.0/24 dev mast0 scope link', 'blackhole 10.0.0.0/8', 'throw 10.0.0.0/8']) {
    it(`may have a route that lets nothing out in clear: ${words}`, () => {
      assert.ok(checkEnvironment(around(withRoute(words))).every(({ result }) => result === 'ok'));
    });
  }

  it('has a switch on that should be off', () => {
    const check = only(withSwitch(['net.ipv4.fwmark_reflect', true]));
    assert.deepEqual([check.name, check.text], ['switches', 'not as they should be']);
    assert.match(detailOf(check), /^SM4008 net\.ipv4\.fwmark_reflect: answers/);
  });

  describe('with src_valid_mark off', () => {
    const off = ['net.ipv4.conf.mast0.src_valid_mark', false] as const;
    const [all, own] = reversePathKeys(healthy) as [string, string];

    it('drops what mast decapsulates, if the filter is on for all or for mast', () => {
      for (const key of [all, own]) {
        const check = only(withSwitch(off, [key, true]));
        assert.equal(check.text, 'src_valid_mark is off; rp_filter is on');
        assert.match(
          detailOf(check),
          /^SM4008 net\S+src_valid_mark: the reverse path filter drops what mast has decapsulated\nsrc_valid_mark is off for mast0; rp_filter is on\.$/,
        );
      }
    });

    it('drops nothing yet, if the filter is off or src_valid_mark is on for all', () => {
      for (const host of [
        withSwitch(off),
        withSwitch(off, [own, true], ['net.ipv4.conf.all.src_valid_mark', true]),
      ])
        assert.match(detailOf(only(host)), /^SM4008 Nothing is dropped as it is now/);
    });

    it('knows the device by the name that sysctl has for it', () => {
      const link = { name: 'mast0.7', state: 'up' } as const;
      assert.deepEqual(reversePathKeys({ ...healthy, link }).at(-1), 'net.ipv4.conf.mast0/7.rp_filter');
    });
  });
});
