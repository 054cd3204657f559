import assert from 'node:assert/strict';
import { applyHost, Outrun } from '../../../src/apply/apply.ts';
import { findBackend } from '../../../src/system/backend.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Execute } from '../../../src/system/execute.ts';
import type { HostTools } from '../../../src/system/host-tools.ts';
import { hostTools } from '../../../src/system/host-tools.ts';
import { GOAL, OTHER } from '../../support/apply-suite.ts';
import type { FakeHost } from '../../support/fake-host.ts';
import { fakeHost } from '../../support/fake-host.ts';

const STOCK =
  '-d 10.0.0.0/8 -m mark --mark 0x0/0x80000000 -m comment --comment x -j MARK --set-xmark 0x80050000/0xffffffff';

async function toolsOf(execute: Execute): Promise<HostTools> {
  return hostTools(execute, { backend: await findBackend(execute, 'auto'), waitSeconds: 5 });
}

/** A host on which somebody else runs these lines before, or after, each of our first transactions. */
async function meddled(
  host: FakeHost,
  {
    when,
    times,
    lines,
  }: { when: 'before' | 'after'; times: number; lines: string | ((left: number) => string) },
): Promise<HostTools> {
  let left = times;
  const meddle = async (): Promise<void> => {
    if (left <= 0) return;
    left -= 1;
    const text = typeof lines === 'string' ? lines : lines(left);
    await host.execute({ argv: ['iptables-restore'], stdin: `*mangle\n${text}\nCOMMIT\n` });
  };
  return toolsOf(async (command) => {
    if (command.argv[0] !== 'iptables-restore') return host.execute(command);
    if (when === 'before') await meddle();
    const outcome = await host.execute(command);
    if (when === 'after') await meddle();
    return outcome;
  });
}

/** Some of our transactions are refused, counted from 1, and nothing tells why. */
function refusing(tools: HostTools, numbers: readonly number[]): HostTools {
  let count = 0;
  return {
    ...tools,
    async restore(script) {
      count += 1;
      if (!numbers.includes(count)) return tools.restore(script);
      const command = { argv: ['iptables-restore'] } as const;
      throw new CommandFailed(command, { exitCode: 1, stdout: '', stderr: 'line 3 failed\n' });
    },
  };
}

async function applied(): Promise<FakeHost> {
  const host = fakeHost();
  assert.equal((await applyHost(await toolsOf(host.execute), GOAL)).kind, 'applied');
  return host;
}

describe('apply, while somebody else writes,', () => {
  it('moves in front again of what the stock script adds between our writing and our reading', async () => {
    const host = fakeHost();
    const lines = `:NEW_IPSEC_CONN - [0:0]\n-A NEW_IPSEC_CONN -m comment --comment saref-mark -j SAREF-ENTRIES\n-I NEW_IPSEC_CONN 1 ${STOCK}`;
    const tools = await meddled(host, { when: 'after', times: 3, lines });
    assert.equal((await applyHost(tools, GOAL)).kind, 'applied');
    const held = host
      .print()
      .split('\n')
      .filter((line) => line.startsWith('-A NEW_IPSEC_CONN '));
    assert.match(held[0] ?? '', /-j SAREF-ENTRIES$/);
    assert.equal(held.at(-1), `-A NEW_IPSEC_CONN ${STOCK}`);
    assert.equal((await applyHost(tools, GOAL)).kind, 'unchanged');
  });

  it('reads again when the rule that it wants to take away is gone', async () => {
    const host = await applied();
    const tools = await toolsOf(host.execute);
    await tools.restore('*mangle\n:SAREF-OLD - [0:0]\n-A OUTPUT -j SAREF-OLD\nCOMMIT\n');
    const lines = '-D OUTPUT -j SAREF-OLD';
    assert.equal(
      (await applyHost(await meddled(host, { when: 'before', times: 1, lines }), GOAL)).kind,
      'applied',
    );
    assert.equal((await applyHost(tools, GOAL)).kind, 'unchanged');
  });

  it('gives up after a number of times, takes all back, and keeps what is not ours', async () => {
    const host = fakeHost();
    const before = host.print();
    const tools = await meddled(host, { when: 'after', times: 1000, lines: '-F IPSEC' });
    const result = await applyHost(tools, GOAL);
    assert.ok(result.kind === 'undone');
    assert.ok(result.cause instanceof Outrun);
    const restores = host.log.filter((line) => line.startsWith('iptables-restore')).length;
    assert.ok(restores > 10 && restores < 60, String(restores));
    assert.equal(host.print(), before);
  });

  it('tries once more what is refused without a trace, also behind what left one', async () => {
    const host = fakeHost();
    const tools = await meddled(host, { when: 'after', times: 1, lines: '-F IPSEC' });
    assert.equal((await applyHost(refusing(tools, [2]), GOAL)).kind, 'applied');
    const again = await toolsOf(host.execute);
    assert.equal((await applyHost(refusing(again, [1, 2]), OTHER)).kind, 'failed');
  });

  it('gives up though the last of its attempts is refused', async () => {
    for (const last of [9, 10, 11]) {
      const tools = await meddled(fakeHost(), { when: 'after', times: 1000, lines: '-F IPSEC' });
      assert.equal((await applyHost(refusing(tools, [last]), GOAL)).kind, 'undone');
    }
  });

  it('takes all back though the stock script never stops adding rules in front', async () => {
    const host = await applied();
    const ours = ourLines(host);
    const restores = (): number => host.log.filter((line) => line.startsWith('iptables-restore --')).length;
    const before = restores();
    const stock = (left: number): string => STOCK.replace('10.0.0.0/8', `10.0.${String(left % 250)}.0/24`);
    const lines = (left: number): string => `-I NEW_IPSEC_CONN 1 ${stock(left)}`;
    const result = await applyHost(await meddled(host, { when: 'after', times: 200, lines }), OTHER);
    assert.ok(result.kind === 'undone', result.kind);
    assert.ok(result.cause instanceof Outrun);
    assert.deepEqual(ourLines(host), ours);
    assert.equal(host.print().match(/--comment x /g)?.length, restores() - before);
  });

  it('empties no chain that the stock script has made and filled since our reading', async () => {
    const host = fakeHost();
    const lines = `:NEW_IPSEC_CONN - [0:0]\n-A NEW_IPSEC_CONN ${STOCK}`;
    const tools = await meddled(host, { when: 'before', times: 1, lines });
    assert.equal((await applyHost(tools, GOAL)).kind, 'applied');
    assert.ok(host.print().includes(`-A NEW_IPSEC_CONN ${STOCK}\n`), host.print());
  });
});

/** But for the rules of the stock script, and for those that ours has because of them. */
function ourLines(host: FakeHost): string[] {
  return host
    .print()
    .split('\n')
    .filter((line) => !/--comment x |--comment saref-mark -j RETURN/.test(line));
}
