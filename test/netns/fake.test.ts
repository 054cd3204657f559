import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readHost } from '../../src/apply/read-host.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { Execute } from '../../src/system/execute.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { openNamespace } from '../../src/system/namespace.ts';
import { TARGET } from '../support/apply-suite.ts';
import { fakeHost } from '../support/fake-host.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const LINES = [
  ':A - [0:0]',
  ':B - [0:0]',
  ':OUTPUT - [0:0]',
  '-A A -p udp -j ACCEPT',
  '-A A -j B',
  '-A B -s 10.0.0.0/8 -j MARK --set-xmark 0x1/0xffffffff',
  '-A OUTPUT -j A',
  '-A OUTPUT -j NOWHERE',
  '-I OUTPUT 1 -j B',
  '-I OUTPUT 3 -j ACCEPT',
  '-F A',
  '-X A',
  '-X B',
];

/** Alone: nf_tables cannot find a rule that the same transaction has made. */
const SINGLE_LINES = ['-D OUTPUT -j A', '-D A 1', '-R A 1 -j RETURN'];

const COMMANDS = [
  'link set dev mast0 down',
  'link set dev mast0 up',
  'route add default dev mast0 scope link table 50',
  'route add unreachable default metric 4294967295 table 50',
  'route del default dev mast0 scope link table 50',
  'route del unreachable default metric 4294967295 table 50',
  'rule add priority 32765 from all fwmark 0x80000000/0x80000000 lookup 50',
  'rule add priority 32765 from all fwmark 0x80000000/0x80000000 unreachable',
  'rule add priority 32764 from all iif mast0 unreachable',
  'rule del priority 32765 from all fwmark 0x80000000/0x80000000 lookup 50',
  'rule del priority 32765 from all fwmark 0x80000000/0x80000000 unreachable',
];

type Act = { readonly script: string } | { readonly ip: string };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 5 }).map(scriptOf) },
  { weight: 1, arbitrary: fc.constantFrom(...SINGLE_LINES).map((line) => scriptOf([line])) },
  { weight: 4, arbitrary: fc.constantFrom(...COMMANDS).map((ip) => ({ ip })) },
);

function scriptOf(lines: readonly string[]): Act {
  return { script: `*mangle\n${lines.join('\n')}\nCOMMIT\n` };
}

async function toolsOf(execute: Execute, backend: 'auto' | 'legacy' | 'nf_tables'): Promise<HostTools> {
  return hostTools(execute, { backend: await findBackend(execute, backend), waitSeconds: 5 });
}

/** Whether it was accepted, and the host after it. */
async function perform(tools: HostTools, act: Act): Promise<unknown> {
  const work = 'script' in act ? tools.restore(act.script) : tools.ip(act.ip.split(' '));
  const accepted = await work.then(
    () => true,
    () => false,
  );
  const { state } = await readHost(tools, TARGET);
  assert.ok(state);
  const rules = [...state.tables.mangle.chains].map(([name, chain]) => [
    name,
    chain.rules.map(({ text }) => text),
  ]);
  const routes = state.routes.routes.map(({ words }) => words).sort();
  return { accepted, rules: rules.sort(), routes, ipRules: state.ipRules, link: state.link };
}

for (const backend of BACKENDS) {
  describe(`the fake host and a real one, ${backend}`, function () {
    this.timeout(120_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    it('accept and refuse the same, and are in the same state after it', async () => {
      let refused = 0;
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyAct, { minLength: 3, maxLength: 8 }), async (acts) => {
          const host = await openNamespace();
          const lines = [
            'link add mast0 type veth peer name far',
            'link set dev mast0 arp off',
            'link set dev mast0 up',
            'link set dev far up',
          ];
          await host.mustRun({ argv: ['ip', '-batch', '-'], stdin: `${lines.join('\n')}\n` });
          try {
            const [real, fake] = [
              await toolsOf(host.execute, backend),
              await toolsOf(fakeHost().execute, 'auto'),
            ];
            for (const act of acts) {
              const seen = (await perform(real, act)) as { accepted: boolean };
              assert.deepEqual(await perform(fake, act), seen, JSON.stringify(act));
              if (seen.accepted) accepted += 1;
              else refused += 1;
            }
          } finally {
            await host.close();
          }
        }),
        { numRuns: 40, endOnFailure: true },
      );
      process.stdout.write(`        ${String(accepted)} accepted, ${String(refused)} refused\n`);
      assert.ok(accepted > 40 && refused > 40);
    });
  });
}
