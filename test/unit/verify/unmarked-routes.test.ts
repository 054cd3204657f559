import assert from 'node:assert/strict';
import type { RouteAnswer } from '../../../src/system/host-tools.ts';
import type { Check } from '../../../src/verify/check.ts';
import { checkUnmarkedRoutes } from '../../../src/verify/unmarked-routes.ts';
import { compiledOf } from '../../support/compiled.ts';
import { ownAddresses } from '../../support/live.ts';

function policyOf(...entries: readonly string[]): string {
  const lines = entries.map((entry) => `  - { ${entry} }\n`).join('');
  return `version: 1\nsarefs: { a: 18, b: 22 }\nentries:\n${lines}`;
}

const NO_ROUTE: RouteAnswer = { isRoute: false, text: 'RTNETLINK answers: Network is unreachable' };

const by = (src: string): RouteAnswer => ({
  isRoute: true,
  text: `192.168.0.1 via 203.0.113.254 dev wan src ${src} uid 0`,
});

async function asked(policy: string, answer: RouteAnswer): Promise<Check & { queries: readonly string[] }> {
  let queries: readonly string[] = [];
  const check = await checkUnmarkedRoutes({
    plan: compiledOf(policy).plan,
    own: ownAddresses(['10.9.1.7', '203.0.113.1']),
    ask: (words) => {
      queries = words;
      return Promise.resolve(words.map(() => answer));
    },
  });
  return { ...check, queries };
}

const codes = ({ diagnostics }: Check): string[] => diagnostics.map(({ code }) => code);
const added = ({ diagnostics: [first] }: Check): string | undefined => first?.help?.split('\n').at(-1);

const OF_BRANCH = policyOf('conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/24');

describe('routes before there is a mark', () => {
  it('are asked for without one, for entries that take packets from an address of the host', async () => {
    const two = policyOf('conn: a, src: 172.16.0.1, dst: 192.168.1.0/24', 'conn: b, dst: 192.168.0.0/24');
    const check = await asked(two, by('203.0.113.1'));
    assert.deepEqual([check.queries, check.result, check.packets], [['192.168.0.1'], 'ok', 1]);
    const none = await asked(policyOf('conn: a, src: 172.16.0.1, dst: 192.168.1.0/24'), NO_ROUTE);
    assert.deepEqual([none.result, none.diagnostics], ['not checked', []]);
  });

  it('are named where there are none, with the one to add', async () => {
    const check = await asked(OF_BRANCH, NO_ROUTE);
    assert.deepEqual([codes(check), check.result], [['SM4022'], 'ok']);
    assert.equal(added(check), 'ip route add 192.168.0.0/24 dev mast0 src 10.9.1.7');
    const [label] = check.diagnostics[0]?.labels ?? [];
    assert.equal(label?.text, `ip -4 route get 192.168.0.1: ${NO_ROUTE.text}`);
  });

  it('are named where their source is for no entry, or for one of another conn', async () => {
    const check = await asked(OF_BRANCH, by('203.0.113.1'));
    assert.deepEqual(
      [codes(check), added(check)],
      [['SM4023'], 'ip route add 192.168.0.0/24 dev mast0 src 10.9.1.7'],
    );
    const other = policyOf(
      'conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/24',
      'conn: b, src: 203.0.113.0/24, dst: 192.168.0.0/24',
    );
    assert.equal((await asked(other, by('203.0.113.1'))).diagnostics[0]?.labels.length, 1);
  });

  it('are right where the source is for the entry or another one of its conn, or is not said', async () => {
    const same = policyOf(
      'conn: a, src: 10.9.1.0/24, dst: 192.168.0.0/24',
      'conn: a, src: 203.0.113.0/24, dst: 192.168.0.0/24',
    );
    assert.deepEqual(codes(await asked(same, by('203.0.113.1'))), []);
    assert.deepEqual(codes(await asked(OF_BRANCH, by('10.9.1.7'))), []);
    assert.deepEqual(codes(await asked(OF_BRANCH, { isRoute: true, text: '192.168.0.1 dev mast0' })), []);
  });

  it('are added for one address where an entry is for all, and counted where there are many', async () => {
    const all = await asked(policyOf('conn: a, src: 10.9.1.0/24, dst: 0.0.0.0/0'), NO_ROUTE);
    assert.match(added(all) ?? '', /^ip route add \d+\.\d+\.\d+\.\d+\/32 dev mast0 src 10\.9\.1\.7$/);
    const plain = await asked(policyOf('conn: a, src: 10.9.1.0/24, proto: tcp, dport: 22'), NO_ROUTE);
    assert.match(added(plain) ?? '', /\/32 dev mast0/);
    const many = await asked(
      policyOf(
        ...[1, 2, 3, 4].map((network) => `conn: a, src: 10.9.1.0/24, dst: 192.168.${String(network)}.0/24`),
      ),
      NO_ROUTE,
    );
    assert.equal(many.diagnostics[0]?.labels.length, 3);
    assert.equal(many.diagnostics[0].detail, 'So it is with 1 more.');
  });
});
