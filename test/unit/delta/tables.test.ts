import assert from 'node:assert/strict';
import { tableSteps } from '../../../src/delta/tables.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const { host: OURS, plan } = compiledOf(
  'version: 1\nsarefs: { a.b: 1 }\nentries: [{ conn: a.b, dst: 192.168.0.0/24 }]\n',
);

/** Our part of the table, as iptables-save prints it. */
const SAVED = [...OURS.tables.mangle.chains]
  .flatMap(([chain, { policy, rules }]) => [
    `:${chain} ${policy} [0:0]`,
    ...rules.map(({ text }) => `-A ${chain} ${text}`),
  ])
  .join('\n');

/** SAVED with a line more, in front of the first line that begins like this, or at the end. */
function savedWith(line: string, before?: string): string {
  const lines = SAVED.split('\n');
  const at = before === undefined ? lines.length : lines.findIndex((other) => other.startsWith(before));
  assert.notEqual(at, -1);
  return [...lines.slice(0, at), line, ...lines.slice(at)].join('\n');
}

/** The lines between `*mangle` and COMMIT; none where there is nothing to do. */
function linesFor(change: Parameters<typeof tableSteps>[0]): string[] {
  const { before: steps, after } = tableSteps(change);
  assert.deepEqual(after, []);
  return steps.flatMap((step) => {
    assert.ok(step.tool === 'iptables-restore');
    assert.match(step.script, /^\*mangle\n[^]*\nCOMMIT\n$/);
    return step.script.split('\n').slice(1, -2);
  });
}

/** What `apply` does to a host. */
function applying(mangle: string): string[] {
  return linesFor({ live: hostOf({ mangle }), target: OURS, ours: OURS });
}

/** What is done to a host that held `before`, to have it back. */
function undoing(before: string, live = SAVED): string[] {
  return linesFor({ live: hostOf({ mangle: live }), target: hostOf({ mangle: before }), ours: OURS });
}

const JUMP = '-m comment --comment saref-mark -j SAREF-ENTRIES';

describe('tableSteps, applying,', () => {
  it('has nothing to do where all is there', () => {
    assert.deepEqual(applying(SAVED), []);
  });

  it('has nothing to do where all is there in other quotes and blanks', () => {
    const text = SAVED.replace('--comment "a.b"', '--comment  a.b').replace(
      '--comment saref-mark',
      '--comment "saref-mark"',
    );
    assert.notEqual(text, SAVED);
    assert.deepEqual(applying(text), []);
  });

  it('declares every chain before a rule names it', () => {
    const lines = applying('');
    for (const [index, line] of lines.entries()) {
      const chain = /-j ((?:NEW_)?IPSEC\w*|SAREF-\w+)$/.exec(line)?.[1];
      if (chain === undefined) continue;
      // of those that others use too, one that is there by now is not to be emptied
      const made = lines.indexOf(chain.startsWith('SAREF-') ? `:${chain} - [0:0]` : `-N ${chain}`);
      assert.ok(made !== -1 && made < index, line);
    }
    assert.equal(lines.filter((line) => /^:|^-N /.test(line)).length, 3);
  });

  it('does not declare a built-in chain: that would set its counters', () => {
    assert.ok(!applying('').some((line) => /^:(PREROUTING|OUTPUT)/.test(line)));
  });

  const last = SAVED.split('\n').at(-1) ?? '';
  const rule = last.replace('-A SAREF-ENTRIES ', '');
  const differing = [
    [
      'is another',
      SAVED.replace('0x80010000/0xffff0000', '0x80020000/0xffff0000'),
      [`-R SAREF-ENTRIES 7 ${rule}`],
    ],
    ['is missing', SAVED.replace(`\n${last}`, ''), [last]],
    ['is too many', `${SAVED}\n-A SAREF-ENTRIES -j RETURN`, ['-D SAREF-ENTRIES 8']],
    [
      'stands elsewhere',
      savedWith(last, '-A SAREF-ENTRIES').slice(0, -last.length - 1),
      [last, '-D SAREF-ENTRIES 1'],
    ],
  ] as const;
  for (const [how, mangle, lines] of differing) {
    it(`leaves all others in our own chain as they are where a rule of it ${how}`, () => {
      assert.deepEqual(applying(mangle), lines);
    });
  }

  it('fills our own chain where it keeps nothing', () => {
    const lines = applying(SAVED.replace(/^-A SAREF-ENTRIES.*\n?/gm, ''));
    assert.equal(lines[0], ':SAREF-ENTRIES - [0:0]');
    assert.equal(lines.length, 8);
  });

  it('puts its jump in front of foreign rules', () => {
    const lines = applying(
      savedWith('-A NEW_IPSEC_CONN -j MARK --set-xmark 0x1/0xffffffff', '-A NEW_IPSEC_CONN'),
    );
    assert.deepEqual(lines, [`-D NEW_IPSEC_CONN ${JUMP}`, `-I NEW_IPSEC_CONN 1 ${JUMP}`]);
  });

  it('leaves foreign rules behind its jump', () => {
    assert.deepEqual(applying(savedWith('-A PREROUTING -j MARK --set-xmark 0x1/0xff')), []);
    assert.deepEqual(applying(savedWith('-A FORWARD -j DROP')), []);
  });

  it('takes all but one of its own jumps away, each by its saved text', () => {
    const other = '-m comment --comment "saref-mark" -j SAREF-ENTRIES';
    assert.deepEqual(applying(savedWith(`-A NEW_IPSEC_CONN ${other}`)), [
      `-D NEW_IPSEC_CONN ${JUMP}`,
      `-D NEW_IPSEC_CONN ${other}`,
      `-I NEW_IPSEC_CONN 1 ${JUMP}`,
    ]);
  });

  it('brings back a jump and a chain that somebody has removed', () => {
    const without = SAVED.split('\n').filter(
      (line) => !line.includes('PREROUTING') && !/^\S+ IPSEC/.test(line),
    );
    const lines = applying(without.filter((line) => !line.startsWith(':IPSEC')).join('\n'));
    assert.deepEqual(lines, ['-N IPSEC', '-I PREROUTING 1 -j IPSEC', '-I IPSEC 1 -j NEW_IPSEC_CONN']);
  });

  it('lets the four rules of the stock script stand in front of the jump in OUTPUT', () => {
    const accepts = ['--dport 4500', '--sport 4500', '--dport 500', '--sport 500'].map(
      (port) => `-A OUTPUT -p udp -m udp ${port} -j ACCEPT`,
    );
    assert.deepEqual(applying(savedWith(accepts.join('\n'), '-A OUTPUT')), []);
  });

  it('keeps the order of several rules of ours in one chain', () => {
    const ours = hostOf({ mangle: '-A PREROUTING -j IPSEC\n-A PREROUTING -j RETURN' });
    const live = hostOf({ mangle: '-A PREROUTING -j RETURN\n-A PREROUTING -j ACCEPT' });
    assert.deepEqual(linesFor({ live, target: ours, ours }), [
      '-D PREROUTING -j RETURN',
      '-I PREROUTING 1 -j RETURN',
      '-I PREROUTING 1 -j IPSEC',
    ]);
  });

  const inFront = [
    ['PREROUTING', '-p udp -m udp --dport 500 -j ACCEPT'],
    ['OUTPUT', '-p udp -m udp --dport 5000 -j ACCEPT'],
    ['OUTPUT', '-p udp -m udp --dport 500 -j DROP'],
    ['OUTPUT', '-d 192.168.0.0/24 -p udp -m udp --dport 500 -j ACCEPT'],
  ] as const;
  for (const [chain, rule] of inFront) {
    it(`goes in front of: -A ${chain} ${rule}`, () => {
      assert.deepEqual(applying(savedWith(`-A ${chain} ${rule}`, `-A ${chain}`)), [
        `-D ${chain} -j IPSEC`,
        `-I ${chain} 1 -j IPSEC`,
      ]);
    });
  }

  it('empties stale chains of our prefix before it deletes them: they may jump to each other', () => {
    const stale = ':SAREF-OLD - [0:0]\n:SAREF-OLDER - [0:0]\n-A SAREF-OLD -j SAREF-OLDER';
    assert.deepEqual(applying(`${SAVED}\n${stale}`), [
      ':SAREF-OLD - [0:0]',
      ':SAREF-OLDER - [0:0]',
      '-X SAREF-OLD',
      '-X SAREF-OLDER',
    ]);
  });

  it('takes away the jumps to a stale chain, wherever they stand, before the chain', () => {
    const stale =
      ':SAREF-OLD - [0:0]\n:OTHER - [0:0]\n-A OTHER -p udp -g SAREF-OLD\n-A PREROUTING -j SAREF-OLD';
    assert.deepEqual(applying(`${SAVED}\n${stale}`), [
      ':SAREF-OLD - [0:0]',
      '-D PREROUTING -j SAREF-OLD',
      '-D OTHER -p udp -g SAREF-OLD',
      '-X SAREF-OLD',
    ]);
  });

  it('leaves rules alone that it cannot read', () => {
    assert.deepEqual(applying(savedWith('-A POSTROUTING -s 10.0.0.0/255.0.255.0 -j SAREF-LIKE -p x y')), []);
  });

  it('does not touch chains of others', () => {
    assert.deepEqual(applying(`${SAVED}\n:MY-SAREF-OLD - [0:0]\n:OTHER - [0:0]\n-A OTHER -j DROP`), []);
  });

  it('says for each line which entry causes it', () => {
    const [step] = tableSteps({ live: hostOf(), target: OURS, ours: OURS }).before;
    assert.ok(step?.tool === 'iptables-restore');
    const lines = step.script.trimEnd().split('\n');
    assert.equal(step.origins.length, lines.length);
    const caused = lines.filter((_, index) => step.origins[index] !== undefined);
    assert.equal(caused.length, 1);
    assert.match(String(caused[0]), /^-A SAREF-ENTRIES .* --comment "a\.b" -j MARK/);
    assert.equal(
      step.origins.find((origin) => origin !== undefined),
      plan.entries[0]?.origin,
    );
  });
});

describe('tableSteps, undoing,', () => {
  it('takes everything of ours away where nothing was', () => {
    assert.deepEqual(undoing(''), [
      ':SAREF-ENTRIES - [0:0]',
      '-D PREROUTING -j IPSEC',
      '-D OUTPUT -j IPSEC',
      '-D IPSEC -j NEW_IPSEC_CONN',
      `-D NEW_IPSEC_CONN ${JUMP}`,
      '-X IPSEC',
      '-X NEW_IPSEC_CONN',
      '-X SAREF-ENTRIES',
    ]);
  });

  it('has nothing to do where nothing was written', () => {
    assert.deepEqual(undoing('', ''), []);
    assert.deepEqual(undoing(SAVED), []);
  });

  it('keeps a chain that somebody has put a rule into since', () => {
    const lines = undoing('', savedWith('-A NEW_IPSEC_CONN -j ACCEPT'));
    assert.deepEqual(lines.slice(-2), ['-X IPSEC', '-X SAREF-ENTRIES']);
  });

  it('brings back a chain of our prefix as it was', () => {
    const before = SAVED.replace('0x80010000/0xffff0000', '0x80020000/0xffff0000');
    const lines = undoing(`${before}\n:SAREF-OLD - [0:0]\n-A SAREF-OLD -j RETURN`);
    assert.equal(lines[0], ':SAREF-OLD - [0:0]');
    assert.match(String(lines[1]), /^-R SAREF-ENTRIES 7 .*--set-xmark 0x80020000\/0xffff0000$/);
    assert.deepEqual(lines.slice(2), ['-A SAREF-OLD -j RETURN']);
  });

  it('brings back a jump to it, too', () => {
    const lines = undoing(`${SAVED}\n:SAREF-OLD - [0:0]\n-A POSTROUTING -j SAREF-OLD`);
    assert.deepEqual(lines, [':SAREF-OLD - [0:0]', '-I POSTROUTING 1 -j SAREF-OLD']);
  });

  it('leaves a jump where it is that stood behind foreign rules', () => {
    const before = savedWith('-A PREROUTING -j ACCEPT', '-A PREROUTING');
    assert.deepEqual(undoing(before, before), []);
  });
});
