import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { readHost } from '../../src/apply/read-host.ts';
import type { Goal } from '../../src/delta/change.ts';
import { printHost } from '../../src/host/print.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import { CommandFailed } from '../../src/system/classify.ts';
import type { Execute } from '../../src/system/execute.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import type { TestHost } from './apply-suite.ts';
import { GOAL, SETS_GOAL } from './apply-suite.ts';
import { FAULTS, isWriting, withFault } from './faults.ts';

/** What a fault at any step leaves, on any host: run against the fake and against real ones. */
export function faultSuite(open: () => Promise<TestHost>, backendName: BackendName | 'auto'): void {
  faultsOf({ open, backendName, goal: GOAL, writes: 9 });
  describe('with entries in a set', () => {
    faultsOf({ open, backendName, goal: SETS_GOAL, writes: 10 });
  });
}

interface Faults {
  readonly open: () => Promise<TestHost>;
  readonly backendName: BackendName | 'auto';
  readonly goal: Goal;
  /** So many commands that write lead from nothing to the policy. */
  readonly writes: number;
}

function faultsOf({ open, backendName, goal, writes }: Faults): void {
  let host: TestHost;

  async function toolsOf(execute: Execute): Promise<HostTools> {
    return hostTools(execute, { backend: await findBackend(execute, backendName), waitSeconds: 5 });
  }

  async function print(): Promise<string> {
    const { state } = await readHost(await toolsOf(host.execute), goal.ours);
    assert.ok(state);
    return printHost(state).replace(/^:(INPUT|FORWARD|POSTROUTING) .*\n/gm, '');
  }

  let [oldState, newState] = ['', ''];

  /** A host that others use too. */
  beforeEach(async () => {
    host = await open();
    const tools = await toolsOf(host.execute);
    await tools.restore('*mangle\n:OTHERS - [0:0]\n-A OTHERS -j RETURN\n-A OUTPUT -j OTHERS\nCOMMIT\n');
    await tools.setSysctl('net.ipv4.conf.mast0.src_valid_mark', false);
    await tools.setSysctl('net.ipv4.fwmark_reflect', true);
    oldState = await print();
  });

  afterEach(() => host.close());

  before(async () => {
    host = await open();
    const tools = await toolsOf(host.execute);
    await tools.restore('*mangle\n:OTHERS - [0:0]\n-A OTHERS -j RETURN\n-A OUTPUT -j OTHERS\nCOMMIT\n');
    assert.equal((await applyHost(tools, goal)).kind, 'applied');
    newState = await print();
    await host.close();
  });

  it('has as many places to happen as is said', async () => {
    const written: string[] = [];
    const tools = await toolsOf((command) => {
      if (isWriting(command)) written.push(command.argv.join(' '));
      return host.execute(command);
    });
    await applyHost(tools, goal);
    assert.equal(written.length, writes, written.join('\n'));
    assert.notEqual(oldState, newState);
  });

  for (let write = 0; write < writes; write += 1) {
    for (const fault of FAULTS) {
      // they look as if somebody else had written in between, or may be, and are tried again
      const isTable = write === writes - 1;
      const isTriedAgain =
        fault === 'lies' || fault === 'fails after' || (isTable && fault === 'fails before');
      it(`leaves the ${isTriedAgain ? 'new' : 'old'} state when command ${String(write + 1)} ${fault}`, async () => {
        const applied = await applyHost(await toolsOf(withFault(host.execute, write, fault)), goal);
        assert.equal(await print(), isTriedAgain ? newState : oldState);
        if (isTriedAgain) {
          assert.equal(applied.kind, 'applied');
          return;
        }
        assert.ok(applied.kind === 'undone' || applied.kind === 'failed', applied.kind);
        // what wrote nothing says so, and what wrote something does not
        const wroteNothing = write === 0 && !fault.endsWith('after');
        assert.equal(applied.kind === 'failed', wroteNothing);
        if (fault === 'is locked out')
          assert.ok(applied.cause instanceof CommandFailed && applied.cause.kind === 'locked');
      });
    }
  }
}
