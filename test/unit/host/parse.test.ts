import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import type { HostReading, HostTexts } from '../../../src/host/parse.ts';
import { parseHost } from '../../../src/host/parse.ts';
import { mangleText } from '../../support/hosts.ts';

const TEXTS: HostTexts = {
  mangle: mangleText(':PREROUTING ACCEPT [7:420]\n-A PREROUTING -j IPSEC'),
  ipRules: '32766:\tfrom all lookup main\n',
  routes: 'default dev mast7 scope link linkdown \n',
  link: '2: mast7: <POINTOPOINT,NOARP,UP> mtu 1500\n',
  sysctls: 'net.ipv4.fwmark_reflect = 1\n',
};

function read(texts: Partial<HostTexts>): HostReading {
  return parseHost({ ...TEXTS, ...texts }, { device: 'mast7', table: 70 });
}

function onlyDiagnostic(texts: Partial<HostTexts>): Diagnostic {
  const { state, diagnostics } = read(texts);
  assert.equal(state, undefined);
  assert.equal(diagnostics.length, 1);
  return diagnostics[0] as Diagnostic;
}

describe('parseHost', () => {
  it('makes one value of what the tools print', () => {
    const { state, diagnostics } = read({});
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(state?.link, { name: 'mast7', state: 'up' });
    assert.deepEqual(state.routes, { table: 70, routes: [{ words: 'default dev mast7 scope link' }] });
    assert.deepEqual(state.ipRules, [{ priority: 32766, words: 'from all lookup main' }]);
    assert.deepEqual([...state.sysctls], [['net.ipv4.fwmark_reflect', true]]);
    const chain = state.tables.mangle.chains.get('PREROUTING');
    assert.equal(chain?.policy, 'ACCEPT');
    assert.deepEqual(
      chain.rules.map(({ text }) => text),
      ['-j IPSEC'],
    );
  });

  it('takes an empty table for one', () => {
    assert.equal(read({ mangle: '*mangle\nCOMMIT\n' }).state?.tables.mangle.chains.size, 0);
  });

  const unread = [
    ['', 'iptables-save printed no mangle table. Rules written'],
    [
      "# Table `mangle' is incompatible, use 'nft' tool.\n",
      'that only nft can read; iptables-save left the table out. Rules written',
    ],
    ['*mangle\n:PREROUTING ACCEPT [0:0]\n', 'printed a part of the mangle table only, or says'],
    [
      `# Table \`mangle' contains incompatible base-chains, use 'nft' tool to list them.\n${TEXTS.mangle}`,
      'or says that there is more than it can print. Rules written',
    ],
  ] as const;
  for (const [mangle, why] of unread) {
    it(`reads no state where iptables-save says: ${JSON.stringify(mangle.slice(0, 45))}`, () => {
      const { code, detail, help } = onlyDiagnostic({ mangle });
      assert.equal(code, 'SM2001');
      assert.ok(detail?.includes(why), detail);
      assert.match(String(help), /\nnft list table ip mangle$/);
    });
  }

  it('shows a line that it cannot read in its place', () => {
    const { diagnostics } = read({ mangle: '*mangle\n:PREROUTING ACCEPT [0:0]\n-X what\nCOMMIT\n' });
    const label = diagnostics[0]?.labels[0];
    assert.equal(label?.span.source.name, 'iptables-save -t mangle');
    assert.equal(label.span.source.text.slice(label.span.start, label.span.end), '-X what');
  });

  it('reads no state where ip prints what is no list of rules', () => {
    const { code, detail } = onlyDiagnostic({ ipRules: 'RTNETLINK answers: Operation not permitted\n' });
    assert.equal(code, 'SM2002');
    assert.match(String(detail), /RTNETLINK answers: Operation not permitted/);
  });

  it('reports all that it cannot read at once', () => {
    const { diagnostics } = read({ mangle: '', ipRules: '?' });
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['SM2001', 'SM2002'],
    );
  });
});
