import assert from 'node:assert/strict';
import { CommandFailed } from '../../../src/system/classify.ts';
import type { Outcome } from '../../../src/system/execute.ts';
import { flowTools } from '../../../src/system/flow-tools.ts';

const OK: Outcome = { exitCode: 0, stdout: '', stderr: '' };

/** Answers by the name of the command, conntrack's one after the other. */
function toolsWith(
  conntrack: readonly Partial<Outcome>[],
  ip: Partial<Outcome> = { stdout: 'local 10.9.1.1 dev lo\n' },
): { readonly tools: ReturnType<typeof flowTools>; readonly log: string[] } {
  const [log, answers] = [[] as string[], [...conntrack]];
  const tools = flowTools(({ argv }) => {
    log.push(argv.join(' '));
    return Promise.resolve({ ...OK, ...(argv[0] === 'ip' ? ip : answers.shift()) });
  });
  return { tools, log };
}

/** conntrack 1.4.7. */
const NONE = 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n';
const VANISHED = "conntrack v1.4.7 (conntrack-tools): Operation failed: such conntrack doesn't exist\n";
const UNABLE = 'conntrack v1.4.7 (conntrack-tools): Operation failed: Protocol error\n';

describe('flowTools', () => {
  it('lists flows with our bit alone', async () => {
    const { tools, log } = toolsWith([{ stdout: 'udp ...\n' }]);
    assert.deepEqual(await tools.read('decided'), { listing: 'udp ...\n', local: 'local 10.9.1.1 dev lo\n' });
    assert.deepEqual(log, ['conntrack -L -f ipv4 -m 0x80000000/0x80000000', 'ip -4 route show table local']);
  });

  it('lists all flows where those without a decision matter', async () => {
    const { tools, log } = toolsWith([{}]);
    await tools.read('all');
    assert.equal(log[0], 'conntrack -L -f ipv4');
  });

  it('has no listing where there is no conntrack, and fails for any other reason', async () => {
    const missing = await toolsWith([{ exitCode: undefined, failure: 'missing' }]).tools.read('decided');
    assert.equal(missing.listing, undefined);
    await assert.rejects(toolsWith([{ exitCode: 1, stderr: UNABLE }]).tools.read('decided'), CommandFailed);
    await assert.rejects(toolsWith([{}], { exitCode: 1 }).tools.read('decided'), CommandFailed);
  });

  it('takes no notice of flows that have ended', async () => {
    const { tools, log } = toolsWith([{ exitCode: 1, stderr: NONE }, { exitCode: 1, stderr: VANISHED }, {}]);
    await tools.remove([
      ['-p', '17'],
      ['-p', '6'],
      ['-p', '1'],
    ]);
    assert.deepEqual(log, ['conntrack -D -p 17', 'conntrack -D -p 6', 'conntrack -D -p 1']);
    await assert.rejects(
      toolsWith([{ exitCode: 1, stderr: UNABLE }]).tools.remove([['-p', '1']]),
      CommandFailed,
    );
  });
});
