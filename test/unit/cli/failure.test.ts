import assert from 'node:assert/strict';
import { NotAsWritten, Unreadable } from '../../../src/apply/apply.ts';
import { appliedReport } from '../../../src/cli/applied-report.ts';
import { failureDiagnostic } from '../../../src/cli/failure.ts';
import { UnwritableLine } from '../../../src/iptables/restore.ts';
import { compilePolicy, diffPolicy, readPolicy } from '../../../src/pipeline.ts';
import { emptyHost } from '../../../src/host/state.ts';
import { LockTaken } from '../../../src/system/lock.ts';
import { CommandFailed } from '../../../src/system/classify.ts';
import { placeOf } from '../../../src/diagnostics/source.ts';

const POLICY = `version: 1
sarefs: { near: 1, far: 2 }
entries:
  - { conn: near, dst: 192.168.0.0/24 }
  - { conn: far, dst: 192.168.1.0/24 }
`;

const { compiled } = compilePolicy(readPolicy({ name: 'site.yaml', text: POLICY }));
assert.ok(compiled);
const steps = diffPolicy(compiled, emptyHost(compiled.host));
const restore = steps.find((step) => step.tool === 'iptables-restore');
assert.ok(restore);
const lineOfFar = restore.script.split('\n').findIndex((line) => line.includes('--comment far')) + 1;

function refusal(stderr: string, exitCode = 1): CommandFailed {
  return new CommandFailed({ argv: ['iptables-restore', '--noflush'] }, { exitCode, stdout: '', stderr });
}

describe('a failed apply', () => {
  it('says what cannot be read any more, which is no bug', async () => {
    const why = { code: 'SM2001', labels: [], detail: 'iptables-save left it out.' } as const;
    const cause = new Unreadable([why]);
    const { diagnostics, exitCode } = await appliedReport(
      { kind: 'not undone', failedStep: undefined, cause, undoCause: cause },
      'site.yaml',
    );
    assert.equal(exitCode, 4);
    for (const { code, detail } of diagnostics) {
      assert.equal(code, 'SM2001');
      assert.match(detail ?? '', /cannot be read any more[^]*left it out\./);
    }
  });

  const refusals = [
    `iptables-restore: line ${String(lineOfFar)} failed\n`,
    `iptables-restore v1.8.9 (legacy): mark: bad integer value\nError occurred at line: ${String(lineOfFar)}\n`,
    `iptables-nft-restore v1.8.9 (nf_tables): \nline ${String(lineOfFar)}: RULE_APPEND failed (Invalid argument): rule in chain X\n`,
  ];
  for (const stderr of refusals) {
    it(`names the entry for: ${stderr.split('\n').join(' ')}`, async () => {
      const report = await appliedReport(
        { kind: 'undone', failedStep: restore, cause: refusal(stderr) },
        'site.yaml',
      );
      const [label] = report.diagnostics[0]?.labels ?? [];
      assert.ok(label);
      assert.equal(placeOf(label.span), 'site.yaml:5:13');
      assert.equal(report.exitCode, 3);
    });
  }

  it('shows what the tools and the kernel refuse as people read it', async () => {
    const bytes = Buffer.from('zürich').toString('latin1');
    const { detail } = await failureDiagnostic(refusal(`bad argument ${bytes}\n`), 'Nothing was written.', {
      refused: { where: 'table', text: `-A IPSEC --comment ${bytes}`, index: 0 },
    });
    assert.match(String(detail), /bad argument zürich\n[^]*--comment zürich\n/);
    const unwritable = await failureDiagnostic(new UnwritableLine(bytes, 'is no command'), '');
    assert.equal(unwritable.detail, 'is no command: zürich\n');
    const holder = { pid: 1, uid: 0, command: `/opt/${bytes}` };
    assert.match(String((await failureDiagnostic(new LockTaken(holder), '')).detail), /: \/opt\/zürich\n/);
  });

  it('names no entry where only COMMIT is named', async () => {
    const commit = restore.script.split('\n').indexOf('COMMIT') + 1;
    const cause = refusal(`iptables-restore: line ${String(commit)} failed\n`);
    const report = await appliedReport({ kind: 'failed', failedStep: restore, cause }, 'site.yaml');
    assert.deepEqual(report.diagnostics[0]?.labels, []);
    assert.equal(report.exitCode, 1);
  });

  const lock = refusal('Another app is currently holding the xtables lock. Stopped waiting after 1s.\n', 4);
  const outcomes = [
    ['failed', lock, 75, 'Nothing was written'],
    ['undone', lock, 75, 'the host is as it was'],
    ['failed', refusal('RTNETLINK answers: Operation not permitted\n', 2), 77, 'Nothing was written'],
    ['undone', refusal('RTNETLINK answers: File exists\n', 2), 3, 'the host is as it was'],
    [
      'undone',
      new NotAsWritten([{ tool: 'ip', args: ['link', 'set', 'dev', 'mast0', 'up'] }]),
      3,
      'ip -4 link set dev mast0 up',
    ],
    ['failed', new Error('no such thing'), 1, 'SM9001'],
  ] as const;
  for (const [kind, cause, exitCode, words] of outcomes) {
    it(`exits ${String(exitCode)} when ${kind} by: ${cause instanceof CommandFailed ? cause.outcome.stderr.trim() : cause.message}`, async () => {
      const report = await appliedReport({ kind, failedStep: undefined, cause }, 'site.yaml');
      assert.equal(report.exitCode, exitCode);
      assert.ok(JSON.stringify(report.diagnostics).includes(words), JSON.stringify(report.diagnostics));
    });
  }

  it('exits 4 and tells both causes when the undoing fails as well', async () => {
    const cause = refusal('RTNETLINK answers: File exists\n', 2);
    const undoCause = refusal('RTNETLINK answers: No such process\n', 2);
    const report = await appliedReport(
      { kind: 'not undone', failedStep: undefined, cause, undoCause },
      'site.yaml',
    );
    assert.equal(report.exitCode, 4);
    assert.deepEqual(
      report.diagnostics.map(({ detail }) => /answers: (.*)/.exec(String(detail))?.[1]),
      ['File exists', 'No such process'],
    );
  });
});
