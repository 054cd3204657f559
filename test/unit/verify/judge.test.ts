import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import type { Count } from '../../../src/verify/count.ts';
import { judge, markText, notProbed, SENT } from '../../../src/verify/judge.ts';
import { probesFor } from '../../../src/verify/probe.ts';
import { compiledOf } from '../../support/compiled.ts';
import { wordsOf } from '../../support/parsed.ts';

function judged(count: Count, { tracking = 'packet', result = SENT } = {}): Diagnostic | undefined {
  const entry = '{ conn: lab, dst: 192.168.0.0/24, proto: tcp }';
  const { plan } = compiledOf(
    `version: 1\ntracking: ${tracking}\nsarefs: { lab: 18 }\nentries: [${entry}]\n`,
  );
  const { probes } = probesFor(plan, { device: 'branch', missing: new Map() });
  const [local] = probes;
  assert.ok(local);
  return judge(plan, local, { count, sending: { copies: 2, result } }).diagnostic;
}

const RIGHT = 0x80120000;

describe('a probe', () => {
  it('is right when all copies come to mast with the mark that the policy says', () => {
    assert.equal(judged({ onMast: 2, elsewhere: 0, nfmark: RIGHT }), undefined);
  });

  const faults = [
    [
      'left in clear',
      { onMast: 1, elsewhere: 1, nfmark: RIGHT },
      'SM4003 lab: 1 of 2 packets left by another device',
    ],
    [
      'was lost',
      { onMast: 1, elsewhere: 0, nfmark: RIGHT },
      'SM4002 lab: 1 of 2 packets came to the mast device',
    ],
    [
      'has another mark',
      { onMast: 2, elsewhere: 0, nfmark: 0x80160000 },
      'SM4001 lab: went by 0x80160000 (SAref 22)',
    ],
    ['has no mark', { onMast: 2, elsewhere: 0, nfmark: 0 }, 'SM4001 lab: went by 0x0 (unmarked)'],
    [
      'has several marks',
      { onMast: 2, elsewhere: 0, nfmark: 'mixed' },
      'SM4001 lab: went by several nfmarks',
    ],
  ] as const;
  for (const [what, count, words] of faults) {
    it(`is wrong when it ${what}`, () => {
      const diagnostic = judged(count);
      assert.ok(diagnostic);
      assert.equal(wordsOf(diagnostic), words);
      assert.match(
        String(diagnostic.detail),
        /^tcp \S+ -> \S+ \(local\): the policy says 0x80120000 \(SAref 18\) on the mast device\.$/,
      );
    });
  }

  it('tells what the system said when it could not be sent', () => {
    const diagnostic = judged({ onMast: 0, elsewhere: 0, nfmark: 'none' }, { result: 'Network is down' });
    assert.match(String(diagnostic?.labels[0]?.text), /; sending failed: Network is down$/);
  });

  it('tells that its second copy has the memory of its flow alone', () => {
    const diagnostic = judged({ onMast: 1, elsewhere: 0, nfmark: RIGHT }, { tracking: 'flow' });
    assert.match(String(diagnostic?.detail), /the memory of its flow alone can mark it\.$/);
  });
});

describe('an entry that was not probed', () => {
  it('is named with all that keeps it from being so', () => {
    const { plan } = compiledOf(
      'version: 1\nsarefs: { lab: 18 }\nentries: [{ conn: lab, dst: 224.0.0.0/4, in: lo }]\n',
    );
    const { gaps } = probesFor(plan, { device: 'branch', missing: new Map([['lo', 'not by lo']]) });
    const [gap] = gaps;
    assert.ok(gap);
    const diagnostic = notProbed(gap.entry, gaps);
    assert.equal(wordsOf(diagnostic), 'SM4004 lab: there is no packet to send for this entry');
    assert.equal(diagnostic.detail, 'local: the entry asks for packets that come in\nforwarded: not by lo');
  });
});

describe('markText', () => {
  const texts = [
    [0x80120000, '0x80120000 (SAref 18)'],
    [0x80000000, '0x80000000 (blocked)'],
    [0x00120000, '0x120000 (unmarked)'],
  ] as const;
  for (const [nfmark, text] of texts) {
    it(`says ${text}`, () => {
      assert.equal(markText(nfmark), text);
    });
  }
});
