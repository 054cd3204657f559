import assert from 'node:assert/strict';
import type { HostTools } from '../../../src/system/host-tools.ts';
import type { Check } from '../../../src/verify/check.ts';
import type { Probed } from '../../../src/verify/live-probe.ts';
import { probeHost } from '../../../src/verify/live-probe.ts';
import { liveProbes } from '../../../src/verify/live-probes.ts';
import { checkForwardedProbes, checkProbes } from '../../../src/verify/probe-check.ts';
import { compiledOf } from '../../support/compiled.ts';
import { ownAddresses } from '../../support/live.ts';

const { plan } = compiledOf(
  'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 192.168.0.0/24 }, { conn: lab, dst: 192.168.1.0/24 }]\n',
);
const found = liveProbes(plan, { own: ownAddresses(['10.9.1.7']), freshPort: 50_000 });

/** A mangle table that takes scripts, and counts each probe as it is told to. */
function table(counted: (line: string) => number): {
  readonly tools: HostTools;
  readonly scripts: string[];
  lines: string[];
} {
  const state = { lines: [] as string[], scripts: [] as string[] };
  const restore = (script: string): Promise<void> => {
    state.scripts.push(script);
    for (const line of script.split('\n')) {
      if (line.startsWith(':'))
        state.lines = state.lines
          .filter((held) => !held.startsWith(`-A ${line.slice(1).split(' ')[0] ?? ''} `))
          .concat(line);
      if (line.startsWith('-A')) state.lines.push(line);
      if (line.startsWith('-I')) state.lines.push(line.replace('-I', '-A').replace(' 1 ', ' '));
      if (line.startsWith('-D'))
        state.lines = state.lines.filter((held) => held !== line.replace('-D', '-A'));
      if (line.startsWith('-X'))
        state.lines = state.lines.filter((held) => !held.startsWith(`:${line.slice(3)} `));
    }
    return Promise.resolve();
  };
  const readCounters = (): Promise<string> => {
    const declared = state.lines.filter((line) => line.startsWith(':'));
    const rules = state.lines
      .filter((line) => line.startsWith('-'))
      .map((line) => `[${String(counted(line))}:0] ${line}`);
    return Promise.resolve(['*mangle', ...declared, ...rules, 'COMMIT', ''].join('\n'));
  };
  return Object.assign(state, { tools: { restore, readCounters } as Partial<HostTools> as HostTools });
}

/** One packet each on mast, with the mark of the plan. */
function asWanted(line: string): number {
  return /^-A SAREF-PROBE-\d -o mast0(?:$| .*0x(?:80000000|100000|20000)\/)/.test(line) ? 1 : 0;
}

interface Try {
  readonly probed: Probed;
  readonly check: Check;
  readonly left: readonly string[];
  readonly scripts: readonly string[];
}

interface Setting {
  readonly counted?: (line: string) => number;
  readonly isSending?: boolean;
  readonly before?: readonly string[];
  readonly send?: () => Promise<string[]>;
  readonly interruptedAt?: number;
  readonly failsAt?: (script: string) => boolean;
}

async function tried(setting: Setting = {}): Promise<Try> {
  const {
    counted = asWanted,
    isSending = false,
    before = [],
    send,
    interruptedAt = Infinity,
    failsAt,
  } = setting;
  const host = table(counted);
  host.lines.push(...before);
  const tools: HostTools = {
    ...host.tools,
    restore: (script) =>
      failsAt?.(script) === true ? Promise.reject(new Error('refused')) : host.tools.restore(script),
  };
  const probed = await probeHost(
    found.probes,
    { device: 'mast0', isSending },
    {
      tools,
      send: send ?? ((packets) => Promise.resolve(packets.map(() => 'sent'))),
      isInterrupted: () => host.scripts.length >= interruptedAt,
    },
  );
  return { probed, check: checkProbes(plan, found, probed), left: host.lines, scripts: host.scripts };
}

describe('a probe of a live host', () => {
  it('is right where each packet is counted once, and leaves nothing behind', async () => {
    const { probed, check, left, scripts } = await tried();
    assert.equal(probed.kind, 'seen');
    assert.deepEqual(
      [check.result, check.packets, check.text],
      ['ok', 2, '2 of 2 packets of this host counted on mast0 as the policy says'],
    );
    assert.deepEqual([left, probed.left, probed.leftCause], [[], [], undefined]);
    assert.match(String(scripts[0]), /^-I POSTROUTING 1 -m ttl --ttl-eq 201 -j SAREF-PROBE$/m);
    assert.match(String(scripts[1]), /^-A SAREF-PROBE-0 -j DROP$/m);
  });

  it('lets the packets go where that is wanted', async () => {
    const { scripts, check } = await tried({ isSending: true });
    assert.doesNotMatch(scripts.join(''), /DROP/);
    assert.equal(check.result, 'ok');
  });

  it('is wrong where one has another mark, and says nothing of the memory of flows', async () => {
    const { check } = await tried({ counted: (line) => (line.includes('0x100000/') ? 0 : asWanted(line)) });
    assert.deepEqual(
      [check.result, check.diagnostics.map(({ code }) => code)],
      ['failed', ['SM4001', 'SM4001']],
    );
    assert.doesNotMatch(String(check.diagnostics[0]?.detail), /memory/);
  });

  it('says what the system said of a packet that did not come, or that it was not sent', async () => {
    const counted = (): number => 0;
    const refused = await tried({ counted, send: () => Promise.resolve(['Invalid argument']) });
    assert.match(String(refused.check.diagnostics[0]?.labels[0]?.text), /sending failed: Invalid argument$/);
    assert.match(String(refused.check.diagnostics[1]?.labels[0]?.text), /sending failed: not sent$/);
  });

  it('takes away first what a run that was killed has left', async () => {
    const before = [
      ':SAREF-PROBE - [0:0]',
      ':SAREF-PROBE-9 - [0:0]',
      ':OTHER - [0:0]',
      '-A POSTROUTING -j SAREF-PROBE',
      '-A POSTROUTING -j OTHER',
      '-A SAREF-PROBE -j SAREF-PROBE-9',
    ];
    const { check, left } = await tried({ before });
    assert.equal(check.result, 'ok');
    assert.deepEqual(left, [':OTHER - [0:0]', '-A POSTROUTING -j OTHER']);
  });

  it('takes its rules away when sending fails, or writing them does', async () => {
    const cause = new Error('no perl');
    const sending = await tried({ send: () => Promise.reject(cause) });
    assert.deepEqual(sending.probed, { kind: 'failed', cause, left: [] });
    assert.deepEqual(
      [sending.check.result, sending.check.diagnostics, sending.left],
      ['not checked', [], []],
    );
    const writing = await tried({ failsAt: (script) => script.includes('DROP') });
    assert.deepEqual([writing.probed.kind, writing.left], ['failed', []]);
  });

  for (const interruptedAt of [0, 1, 2]) {
    it(`takes its rules away when it is interrupted after ${String(interruptedAt)} scripts`, async () => {
      const { probed, check, left } = await tried({ interruptedAt });
      assert.deepEqual([probed.kind, left], ['interrupted', []]);
      assert.deepEqual([check.result, check.diagnostics[0]?.code], ['not checked', 'SM4007']);
    });
  }

  it('is interrupted, too, where the signal ends its sender', async () => {
    let isOver = false;
    const host = table(asWanted);
    const probed = await probeHost(
      found.probes,
      { device: 'mast0', isSending: false },
      {
        tools: host.tools,
        send: () => {
          isOver = true;
          return Promise.reject(new Error('killed'));
        },
        isInterrupted: () => isOver,
      },
    );
    assert.deepEqual([probed.kind, host.lines], ['interrupted', []]);
  });

  it('tries more than once to take its rules away, and hands back what it could not', async () => {
    let refusals = 0;
    const once = await tried({ failsAt: (script) => script.includes('-D POSTROUTING') && refusals++ === 0 });
    assert.deepEqual([once.probed.leftCause, once.left], [undefined, []]);
    const never = await tried({ failsAt: (script) => script.includes('-X SAREF') });
    assert.match(String(never.probed.leftCause), /refused/);
    assert.equal(never.probed.left.length, 1);
    assert.match(String(never.probed.left[0]), /^-X SAREF-PROBE-1$/m);
  });

  it('cannot say that nothing is left where the table cannot be read', async () => {
    const host = table(asWanted);
    const tools: HostTools = { ...host.tools, readCounters: () => Promise.resolve('*mangle\n') };
    const { leftCause } = await probeHost(
      [],
      { device: 'mast0', isSending: false },
      { tools, send: () => Promise.resolve([]), isInterrupted: () => false },
    );
    assert.match(String(leftCause), /the mangle table cannot be read any more/);
  });

  it('names an entry of which no packet can be sent, unless it is on standby', () => {
    const { plan: odd } = compiledOf(
      'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 224.0.0.0/8 }, { conn: lab, saref: 18, dst: 192.168.0.0/24, down: skip }, { conn: lab, dst: 192.168.0.0/24, proto: tcp }]\n'.replace(
        ', proto: tcp',
        '',
      ),
    );
    const probes = liveProbes(odd, { own: ownAddresses(), freshPort: 50_000 });
    const check = checkProbes(odd, probes, {
      kind: 'seen',
      seen: [
        { count: { onMast: 1, elsewhere: 0, nfmark: 0x80120000 }, sending: { copies: 1, result: 'sent' } },
      ],
      left: [],
    });
    assert.deepEqual(
      check.diagnostics.map(({ code }) => code),
      ['SM4004'],
    );
  });

  it('is not made of forwarded packets', () => {
    const { result, diagnostics } = checkForwardedProbes(plan);
    assert.deepEqual([result, diagnostics], ['not checked', []]);
    assert.match(
      checkForwardedProbes(compiledOf('version: 1\nsarefs: {}\nentries: []\n').plan).text,
      /no entry/,
    );
  });
});
