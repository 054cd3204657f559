import assert from 'node:assert/strict';
import type { FailureKind } from '../../../src/system/classify.ts';
import {
  CommandFailed,
  hasTrouble,
  isUnknownDevice,
  isUnknownSysctl,
  isUnusedTable,
  refusedCommands,
  refusedLine,
} from '../../../src/system/classify.ts';
import type { Outcome } from '../../../src/system/execute.ts';

function outcome(stderr: string, exitCode?: number): Outcome {
  return { exitCode, stdout: '', stderr };
}

/** What the tools say, word for word: iptables 1.8.9, iproute2 6.1, procps 4.0, util-linux 2.38, whack. */
const SAMPLES: readonly (readonly [number, string, FailureKind])[] = [
  [4, 'Another app is currently holding the xtables lock. Perhaps you want to use the -w option?', 'locked'],
  [4, 'Another app is currently holding the xtables lock. Stopped waiting after 1s.', 'locked'],
  [4, "Fatal: can't open lock file /run/xtables.lock: Permission denied", 'no privilege'],
  [
    4,
    'iptables-restore v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    'no privilege',
  ],
  [2, 'RTNETLINK answers: Operation not permitted', 'no privilege'],
  [255, 'sysctl: permission denied on key "net.ipv4.fwmark_reflect"', 'no privilege'],
  [33, 'whack: no right to communicate with pluto (access("/run/pluto/pluto.ctl"))', 'no privilege'],
  [
    1,
    'conntrack v1.4.7 (conntrack-tools): Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this',
    'no privilege',
  ],
  [127, 'nsenter: failed to execute iptables: No such file or directory', 'missing'],
  [4, 'line 7: RULE_APPEND failed (Invalid argument): rule in chain X', 'refused'],
  [2, 'RTNETLINK answers: File exists', 'refused'],
];

describe('a command that failed', () => {
  for (const [exitCode, stderr, kind] of SAMPLES) {
    it(`is "${kind}" by: ${stderr}`, () => {
      assert.equal(new CommandFailed({ argv: ['x'] }, outcome(stderr, exitCode)).kind, kind);
    });
  }

  it('is "missing" when there is no such program', () => {
    const missing: Outcome = { ...outcome(''), exitCode: undefined, failure: 'missing' };
    assert.equal(new CommandFailed({ argv: ['x'] }, missing).kind, 'missing');
  });
});

describe('what stderr says', () => {
  it('is no trouble where it only speaks of the other back end', () => {
    const remark = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n';
    assert.equal(hasTrouble(outcome(remark)), false);
    assert.equal(hasTrouble(outcome(`${remark}Parsing nftables rule failed\n`)), true);
  });

  it('tells an answer from a failure', () => {
    assert.equal(isUnusedTable(outcome('Error: ipv4: FIB table does not exist.\nDump terminated\n')), true);
    assert.equal(isUnusedTable(outcome('Cannot open netlink socket\n')), false);
    assert.equal(isUnknownDevice(outcome('Device "mast0" does not exist.\n')), true);
    assert.equal(isUnknownDevice(outcome('Cannot send link request\n')), false);
    const unknown =
      'sysctl: cannot stat /proc/sys/net/ipv4/conf/mast0/src_valid_mark: No such file or directory\n';
    assert.equal(isUnknownSysctl(outcome(unknown)), true);
    assert.equal(isUnknownSysctl(outcome(`${unknown}sysctl: permission denied on key "x"\n`)), false);
  });

  it('names a line of the script, or none', () => {
    assert.equal(refusedLine(outcome('Error occurred at line: 7\n')), 7);
    assert.equal(refusedLine(outcome('iptables-restore: line 12 failed\n')), 12);
    assert.equal(refusedLine(outcome('RTNETLINK answers: File exists\n')), undefined);
  });

  it('finds the commands of a batch that were refused, and what is said of each', () => {
    const stderr =
      'Cannot find device "eth9"\nCommand failed -:4\nRTNETLINK answers: Network is unreachable\nCommand failed -:12\n';
    assert.deepEqual(
      [...refusedCommands(outcome(stderr, 1))],
      [
        [4, 'Cannot find device "eth9"'],
        [12, 'RTNETLINK answers: Network is unreachable'],
      ],
    );
    assert.equal(refusedCommands(outcome('')).size, 0);
  });
});
