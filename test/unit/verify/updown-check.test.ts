import assert from 'node:assert/strict';
import type { Check } from '../../../src/verify/check.ts';
import { checkUpdown } from '../../../src/verify/updown-check.ts';
import { compiledOf } from '../../support/compiled.ts';
import { wordsOf } from '../../support/parsed.ts';

function said(text: string, tracking = 'packet', conn = 'lab'): Check {
  const { plan } = compiledOf(
    `version: 1\ntracking: ${tracking}\nsarefs: { "${conn}": 18 }\nentries: [{ conn: "${conn}", dst: 192.168.0.0/24 }]\n`,
  );
  return checkUpdown(plan, { kind: 'files', files: [{ name: '/etc/ipsec.conf', text }] });
}

function wordsOfAll({ diagnostics }: Check): string[] {
  return diagnostics.map(wordsOf);
}

describe('the updown script', () => {
  for (const [where, text] of Object.entries({
    'the conn': 'conn lab\n\tsareftrack=no\n',
    'conn %default': 'conn %default\n\tsareftrack = no\nconn lab\n\tauto=start\n',
    'a section that the conn takes over':
      'conn lab\n\talso=base\n\nconn base\n\talso=lab\n\tsareftrack="no"\n',
    'the last of two sections': 'conn lab\n  sareftrack=yes # once\nconn lab\n  SAREFTRACK=no # now\n',
  })) {
    it(`writes no rules where ${where} says so`, () => {
      const check = said(text);
      assert.deepEqual([check.result, check.text, check.diagnostics], ['ok', 'writes no rules', []]);
    });
  }

  it('writes no rules where it is another script', () => {
    assert.equal(said('conn lab\n\tleftupdown="/usr/local/sbin/mine up"\n').text, 'writes no rules');
    assert.equal(said('conn lab\n\tleftupdown="ipsec _updown"\n').text, 'writes rules in front of ours');
    assert.equal(
      said('conn lab\n\trightupdown=/usr/lib/ipsec/_updown.mast\n').text,
      'writes rules in front of ours',
    );
  });

  it('is warned of where its rules fit into our frame', () => {
    const yes = said(
      'config setup\n\tprotostack=mast\n\nconn lab # a conn\n\tleft=192.0.2.1\n# one\n\tsareftrack=yes   # so\n',
    );
    assert.deepEqual([yes.result, yes.text], ['ok', 'writes rules in front of ours']);
    assert.deepEqual(wordsOfAll(yes), ['SM4011 sareftrack=yes: has the script write rules']);
    const tracked = said('conn lab\n\tsareftrack=conntrack\n', 'flow');
    assert.deepEqual(wordsOfAll(tracked), ['SM4011 sareftrack=conntrack: has the script write rules']);
  });

  it('is warned of where nothing is said', () => {
    assert.deepEqual(wordsOfAll(said('conn lab\n\tauto=add\n')), [
      'SM4011 lab: says no sareftrack, which then is yes',
    ]);
  });

  for (const [tracking, text] of [
    ['flow', 'conn lab\n\tsareftrack=yes\n'],
    ['flow', 'conn lab\n\tauto=add\n'],
    ['packet', 'conn lab\n\tsareftrack=conntrack\n'],
    ['packet', 'conn lab\n\tsareftrack=maybe\n'],
  ] as const) {
    it(`would empty the frame of tracking: ${tracking} where it is told ${JSON.stringify(text)}`, () => {
      const check = said(text, tracking);
      assert.deepEqual(
        [check.result, check.text],
        ['failed', `writes rules that do not go with tracking: ${tracking}`],
      );
      assert.equal(check.diagnostics[0]?.code, 'SM4010');
    });
  }

  it('is looked at for conns that the policy does not have, if pluto loads them', () => {
    const text = 'conn lab\n\tsareftrack=no\nconn other\n\tauto=start\nconn template\n\tright=%any\n';
    assert.deepEqual(wordsOfAll(said(text)), ['SM4011 other: says no sareftrack, which then is yes']);
  });

  it('is shown once for a setting, and for some of many', () => {
    const shared = 'conn %default\n\tsareftrack=yes\nconn lab\n\tauto=add\nconn two\n\tauto=add\n';
    const check = said(shared);
    assert.deepEqual(wordsOfAll(check), ['SM4011 sareftrack=yes: has the script write rules']);
    assert.match(String(check.diagnostics[0]?.detail), / 2 conns do so\.$/);
    const many = said(['lab', 'b', 'c', 'd'].map((name) => `conn ${name}\n\tauto=add\n`).join(''));
    assert.equal(many.diagnostics[0]?.labels.length, 3);
  });

  it('has the section of its conn for an alias and an instance; one that has none is named', () => {
    assert.equal(said('conn lab\n\tsareftrack=no\n', 'packet', 'lab/0x1').text, 'writes no rules');
    assert.equal(said('conn lab\n\tsareftrack=no\n', 'packet', 'lab[2]').text, 'writes no rules');
    assert.equal(said('conn other\n', 'packet').text, 'writes no rules; not in ipsec.conf: lab');
  });

  it('cannot be looked at where there is no file, which is no fault, or none to be read, which is one', () => {
    const { plan } = compiledOf('version: 1\nsarefs: { lab: 18 }\nentries: []\n');
    const absent = checkUpdown(plan, { kind: 'absent', name: '/etc/ipsec.conf' });
    assert.deepEqual([absent.result, absent.diagnostics], ['not checked', []]);
    const hidden = checkUpdown(plan, { kind: 'unreadable', name: '/etc/ipsec.conf', why: 'EACCES' });
    assert.equal(hidden.result, 'not checked');
    assert.equal(hidden.diagnostics[0]?.detail, 'updown script: /etc/ipsec.conf cannot be read: EACCES');
  });
});
