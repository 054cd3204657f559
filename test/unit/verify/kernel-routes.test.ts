import assert from 'node:assert/strict';
import type { RouteAnswer } from '../../../src/system/host-tools.ts';
import type { Check } from '../../../src/verify/check.ts';
import { checkKernelRoutes } from '../../../src/verify/kernel-routes.ts';
import { compiledOf } from '../../support/compiled.ts';
import { ownAddresses } from '../../support/live.ts';
import { wordsOf } from '../../support/parsed.ts';

const TWO = `version: 1
sarefs: { lab: 18, office: down }
entries:
  - { conn: lab, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
  - { conn: office, dst: 192.168.7.0/24 }
`;

const BY_MAST: RouteAnswer = { isRoute: true, text: '192.168.0.1 dev mast0 table 50 mark 0x80120000 uid 0' };

interface Asked {
  readonly queries: string[];
  readonly checks: readonly Check[];
}

interface Setting {
  readonly here?: readonly string[];
  readonly devices?: string[];
  readonly isForwarding?: boolean;
  readonly answer?: (query: string) => RouteAnswer;
}

async function asked(policy: string, setting: Setting = {}): Promise<Asked> {
  const {
    here = ['10.9.1.7'],
    devices = ['lo', 'eth1'],
    isForwarding = true,
    answer = () => BY_MAST,
  } = setting;
  const queries: string[] = [];
  const checks = await checkKernelRoutes({
    plan: compiledOf(policy).plan,
    own: ownAddresses(here, devices),
    isForwarding,
    ask: (words) => {
      queries.push(...words);
      return Promise.resolve(words.map(answer));
    },
  });
  return { queries, checks };
}

describe("the kernel's own answer", () => {
  it('is asked for of a packet for each entry, from an address of the host where it takes one', async () => {
    const { queries, checks } = await asked(TWO);
    assert.deepEqual(queries, [
      '192.168.0.1 from 10.9.1.7 mark 0x80120000',
      '192.168.7.1 from 10.9.1.7 mark 0x80000000',
      // where the sources are
      '10.9.1.9',
      '10.9.1.9',
      '192.168.0.1 from 10.9.1.9 iif eth1 mark 0x80120000',
      '192.168.7.1 from 10.9.1.9 iif eth1 mark 0x80000000',
    ]);
    assert.deepEqual(
      checks.map(({ name, result, packets }) => [name, result, packets]),
      [
        ['local routes', 'ok', 2],
        ['forwarded routes', 'ok', 2],
      ],
    );
  });

  it('is asked for without a source where the host has none of the entry', async () => {
    const { queries } = await asked(TWO, { here: [] });
    assert.deepEqual(queries.slice(0, 2), ['192.168.0.1 mark 0x80120000', '192.168.7.1 mark 0x80000000']);
  });

  it('is asked for of what comes in by the device of the entry, or from where its source is', async () => {
    const policy = TWO.replace('dst: 192.168.0.0/24', 'dst: 192.168.0.0/24, in: eth7');
    const answer = (query: string): RouteAnswer =>
      query.includes(' ')
        ? BY_MAST
        : { isRoute: true, text: `${query} via 192.0.2.254 dev wan0 src 192.0.2.1` };
    const { queries } = await asked(policy, { answer });
    assert.deepEqual(queries.slice(-2), [
      '192.168.0.1 from 10.9.1.9 iif eth7 mark 0x80120000',
      '192.168.7.1 from 10.9.1.9 iif wan0 mark 0x80000000',
    ]);
    assert.equal(queries.filter((query) => !query.includes(' ')).length, 1);
  });

  for (const [what, text] of [
    ['no route', undefined],
    ['the loopback device', '10.9.1.1 dev lo src 10.9.1.1'],
  ] as const) {
    it(`takes another device for what comes in where the source has ${what}`, async () => {
      const answer = (query: string): RouteAnswer =>
        query.includes(' ')
          ? BY_MAST
          : { isRoute: text !== undefined, text: text ?? 'Network is unreachable' };
      const { queries } = await asked(TWO, { answer });
      assert.match(String(queries.at(-1)), / iif eth1 /);
      const { checks } = await asked(TWO, { answer, devices: ['lo', 'mast0'] });
      assert.deepEqual([checks[1]?.result, checks[1]?.diagnostics[0]?.code], ['not checked', 'SM4007']);
    });
  }

  it('is not asked for of forwarded packets where the host forwards none, which is no fault', async () => {
    const { checks } = await asked(TWO, { isForwarding: false });
    assert.deepEqual([checks[1]?.result, checks[1]?.diagnostics], ['not checked', []]);
  });

  it('is not asked for of forwarded packets where the entry asks who sends', async () => {
    const { queries } = await asked(TWO.replaceAll(' }\n', ', user: 34 }\n'));
    assert.deepEqual(queries, [
      '192.168.0.1 from 10.9.1.7 mark 0x80120000',
      '192.168.7.1 from 10.9.1.7 mark 0x80000000',
    ]);
  });

  it('is asked with SAref 0 of what goes from client to client', async () => {
    const { queries } = await asked(TWO.replace('dst: 192.168.0.0/24', 'dst: 192.168.0.0/24, in: mast0'));
    assert.ok(queries.includes('192.168.0.1 from 10.9.1.9 iif mast0 mark 0x80000000'), queries.join('\n'));
  });

  it('has nothing to say where entries take no such packets', async () => {
    const policy = TWO.replace('dst: 192.168.0.0/24', 'dst: 224.0.0.0/5').replace(
      'dst: 192.168.7.0/24',
      'dst: 224.0.0.0/4',
    );
    const { queries, checks } = await asked(policy);
    assert.deepEqual(queries, []);
    assert.deepEqual(
      checks.map(({ result, text }) => [result, text]),
      [
        ['not checked', 'no entry takes such packets'],
        ['not checked', 'no entry takes such packets'],
      ],
    );
  });

  it('is shown with the question where it is not mast, once for the same answer', async () => {
    const refusal = { isRoute: false, text: 'RTNETLINK answers: Network is unreachable' };
    const { checks } = await asked(TWO, { answer: () => refusal });
    const [local] = checks;
    assert.deepEqual(
      [local?.result, local?.text],
      ['failed', "one packet for each entry, by the kernel's own answer: 2 not by mast0"],
    );
    assert.deepEqual(local?.diagnostics.map(wordsOf), [
      'SM4006 lab: ip -4 route get 192.168.0.1 from 10.9.1.7 mark 0x80120000: RTNETLINK answers: Network is unreachable / office: ip -4 route get 192.168.7.1 from 10.9.1.7 mark 0x80000000: RTNETLINK answers: Network is unreachable',
    ]);
    const elsewhere = await asked(TWO, {
      answer: (query) =>
        query.startsWith('192.168.7')
          ? { isRoute: true, text: '192.168.7.1 via 1.2.3.4 dev wan0 src 1.2.3.5' }
          : BY_MAST,
    });
    assert.match(String(elsewhere.checks[0]?.diagnostics.map(wordsOf)), /: it leaves by wan0$/);
    const text = Buffer.from('192.168.7.1 via 1.2.3.4 dev zürich src 1.2.3.5').toString('latin1');
    const named = await asked(TWO, { answer: () => ({ isRoute: true, text }) });
    assert.match(String(named.checks[0]?.diagnostics.map(wordsOf)), /: it leaves by zürich$/);
  });

  it('is asked for of a packet that earlier entries leave', async () => {
    const { queries: whole } = await asked(
      TWO.replace('src: 10.9.1.0/24, dst: 192.168.0.0/24', 'dst: 192.168.7.0/25'),
      { here: [] },
    );
    assert.equal(whole[1], '192.168.7.129 mark 0x80000000');
  });

  it('may name no device', async () => {
    const { checks } = await asked(TWO, { answer: () => ({ isRoute: true, text: 'blackhole 192.168.0.1' }) });
    assert.match(String(checks[0]?.diagnostics.map(wordsOf)), /: blackhole 192\.168\.0\.1 /);
  });

  it('is shown for some entries, and counted for the others', async () => {
    const entries = [1, 2, 3, 4, 5].map((n) => `  - { conn: lab, dst: 192.168.${String(n)}.0/24 }\n`);
    const refusal = { isRoute: false, text: 'no' };
    const { checks } = await asked(`version: 1\nsarefs: { lab: 18 }\nentries:\n${entries.join('')}`, {
      answer: () => refusal,
    });
    const [diagnostic] = checks[0]?.diagnostics ?? [];
    assert.deepEqual(
      [diagnostic?.labels.length, diagnostic?.detail],
      [3, 'The kernel says the same for 2 more.'],
    );
  });
});
