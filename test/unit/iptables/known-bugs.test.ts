import assert from 'node:assert/strict';
import {
  compareRules,
  parseRule,
  parseSave,
  printerDefect,
  printerOf,
  printRestore,
  printRule,
  printSave,
  sameRule,
  statusOf,
  tableOf,
  UnwritableLine,
} from '../../../src/iptables/index.ts';
import type { Rule } from '../../../src/iptables/index.ts';
import { printPlain } from '../../../src/iptables/print-rule.ts';
import { mangleDump, readRule, savedRule } from '../../support/rules.ts';

const V4 = { family: 'ipv4', table: 'mangle' } as const;

function commentsOf({ matches }: Rule): (string | undefined)[] {
  return matches.flatMap((match) => (match.kind === 'comment' ? [match.options.comment?.value] : []));
}

function isSame(one: string, other: string): boolean {
  return sameRule(one, other, V4);
}

/** Text that is printed as it was read, and what kinds of lines it has. */
function kindsOf(text: string): string[] {
  const { save } = parseSave(text);
  assert.equal(printSave(save), text);
  return save.lines.map(({ kind }) => kind);
}

/** What other parsers of iptables-save text got wrong, in one issue tracker or another. */
describe('the iptables-parser', () => {
  it('01 reads quotes and escapes in comments as iptables-restore does', () => {
    const said = (quoted: string): unknown => commentsOf(savedRule(`-m comment --comment ${quoted} -j DROP`));
    assert.deepEqual(said(String.raw`"say \"hi\" twice, \"hi\""`), ['say "hi" twice, "hi"']);
    assert.deepEqual(said(String.raw`"don\'t"`), ["don't"]);
    assert.deepEqual(said(String.raw`"back\\slash at the end\\"`), ['back\\slash at the end\\']);
    assert.deepEqual(said('"with blanks in it"'), ['with blanks in it']);
    assert.deepEqual(said('one_word-9'), ['one_word-9']);
    assert.deepEqual(said('""'), ['']);
    assert.deepEqual(said(String.raw`"\"quoted\""`), ['"quoted"']);
    // an apostrophe outside of quotes is a letter like any other
    assert.deepEqual(commentsOf(readRule("-m comment --comment don't -j DROP")), ["don't"]);
  });

  it('02 takes nothing inside of quotes or names for an option, a table or a comment', () => {
    const text = '"* -A FORWARD -s 10.0.0.1 ! -d 10.0.0.2 -j ACCEPT # COMMIT :X - [0:0]"';
    const rule = savedRule(`-m comment --comment ${text} -j NOMAD-ADMIN`);
    assert.deepEqual(rule.builtins, {});
    assert.deepEqual(rule.target, { kind: 'jump', chain: 'NOMAD-ADMIN' });
    const dump = ['*mangle', ':NOMAD-ADMIN - [0:0]', ':cali-p - [0:0]'];
    dump.push('-A NOMAD-ADMIN -s 10.0.0.1/32 -j cali-p', '-A cali-p -m comment --comment "*nat" -j DROP');
    dump.push('COMMIT', '');
    const { chains } = tableOf(parseSave(dump.join('\n')).save, 'mangle');
    assert.deepEqual([...chains.keys()], ['NOMAD-ADMIN', 'cali-p']);
    assert.equal(chains.get('NOMAD-ADMIN')?.rules[0]?.text, '-s 10.0.0.1/32 -j cali-p');
    assert.equal(chains.get('cali-p')?.rules.length, 1);
  });

  it('03 keeps each negation with its own option', () => {
    const { builtins } = savedRule('-s 10.0.0.0/8 ! -d 10.0.0.1/32 -i eth0 ! -o eth1 ! -p tcp -j DROP');
    const { src, dst, inInterface, outInterface, protocol } = builtins;
    const negated = [src, dst, inInterface, outInterface, protocol].map((arg) => arg?.negated);
    assert.deepEqual(negated, [false, true, false, true, true]);
    const [physdev] = savedRule('-m physdev ! --physdev-is-bridged --physdev-in eth0 -j DROP').matches;
    assert.ok(physdev?.kind === 'opaque');
    assert.deepEqual(
      physdev.tokens.map(({ flag, negated }) => [flag, negated]),
      [
        ['--physdev-is-bridged', true],
        ['--physdev-in', false],
      ],
    );
    for (const text of [
      '-m string ! --hex-string "|0d0a|" --algo bm',
      '-m mark ! --mark 0x1',
      '-p tcp -m tcp ! --dport 22 --tcp-flags SYN,ACK SYN',
      '-m set ! --match-set notanotnot src,dst',
    ]) {
      savedRule(text);
      assert.equal(isSame(text, text.replace('! ', '')), false, text);
    }
  });

  it('04 assumes no order of options, but keeps the order of matches', () => {
    const typed = '-j ACCEPT --dport 80 -m conntrack --ctstate NEW -s 10.0.0.1 -p tcp';
    assert.equal(parseRule(typed).kind, 'opaque');
    const ordered = '-j ACCEPT -p tcp -m conntrack --dport 80 --ctstate NEW -s 10.0.0.1';
    const saved = '-s 10.0.0.1/32 -p tcp -m conntrack --ctstate NEW -m tcp --dport 80 -j ACCEPT';
    assert.equal(printPlain(readRule(ordered)), saved);
    savedRule(saved);
    const swapped = '-s 10.0.0.1/32 -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW -j ACCEPT';
    savedRule(swapped);
    assert.equal(compareRules(saved, swapped, V4), 'same meaning');
    // an option finds its match again behind another match
    assert.ok(
      isSame('-p udp -m udp -m mark --dport 500 --mark 1', '-p udp -m udp --dport 500 -m mark --mark 0x1'),
    );
  });

  it('05 keeps a match that stands twice, and an option that stands twice', () => {
    const rule = savedRule('-m comment --comment one -m comment --comment two -j DROP');
    assert.deepEqual(commentsOf(rule), ['one', 'two']);
    savedRule('-m mark ! --mark 0x1 -m mark ! --mark 0x2');
    assert.equal(isSame('-m mark --mark 0x1 -m mark --mark 0x2', '-m mark --mark 0x2'), false);
    const next = '-m policy --dir out --pol ipsec --strict --reqid 1 --proto esp --next --reqid 2 --proto ah';
    const { save } = parseSave(mangleDump([next]));
    assert.equal(statusOf(save, 'mangle'), 'complete');
    assert.equal(printSave(save), mangleDump([next]));
    assert.equal(isSame(next, next.replace('--reqid 2', '--reqid 1')), false);
  });

  it('06 keeps extensions and targets that it does not know, and all that belongs to them', () => {
    const text = '-m frobnicate --depth 3 ! --wide "a b" c --flag -j FROBNICATE --up --by 2';
    const { matches, target } = savedRule(text);
    assert.ok(matches[0]?.kind === 'opaque' && target?.kind === 'opaque');
    assert.deepEqual(
      matches[0].tokens.map(({ flag, values }) => [flag, ...values.map((value) => value.text)]),
      [['--depth', '3'], ['--wide', 'a b', 'c'], ['--flag']],
    );
    assert.equal(target.name, 'FROBNICATE');
    savedRule('-j LOG --log-prefix "a: " --log-level 7');
    savedRule('-j REJECT --reject-with tcp-reset');
    assert.equal(isSame(text, text.replace('--by 2', '--by 3')), false);
  });

  it('07 takes interface names as they are', () => {
    for (const name of ['ppp+', 'veth1@if2', 'eth0.100', 'eth0:1', 'wg-lan', 'a#b', '$x']) {
      const { builtins } = savedRule(`-i ${name} -o ${name} -j ACCEPT`);
      assert.equal(builtins.inInterface?.value, name);
      assert.equal(builtins.outInterface?.value, name);
    }
    // with quotes it is another name, or no name
    assert.equal(parseRule('-i "eth0" -j ACCEPT').kind, 'opaque');
    assert.equal(isSame('-i "eth0" -j ACCEPT', '-i eth0 -j ACCEPT'), false);
  });

  it('08 tells a goto from a jump, and reads rules without a target', () => {
    assert.deepEqual(savedRule('-g SAREF-A').target, { kind: 'goto', chain: 'SAREF-A' });
    assert.equal(compareRules('-g SAREF-A', '-j SAREF-A', V4), 'different');
    assert.equal(savedRule('-s 10.0.0.0/8').target, undefined);
    const { save } = parseSave('*mangle\n-A INPUT\nCOMMIT\n');
    const [empty] = tableOf(save, 'mangle').chains.get('INPUT')?.rules ?? [];
    assert.deepEqual(empty?.rule, { kind: 'rule', builtins: {}, matches: [], target: undefined });
    assert.equal(empty.text, '');
    assert.equal(parseRule('-j ACCEPT -g SAREF-A').kind, 'opaque');
  });

  it('09 keeps counters of 64 bits, and compares none', () => {
    const counted = ['*mangle', ':INPUT ACCEPT [18446744073709551615:18446744073709551614]'];
    counted.push('[9007199254740993:1] -A INPUT -s 10.0.0.0/8', 'COMMIT', '');
    const { save } = parseSave(counted.join('\n'));
    assert.equal(printSave(save), counted.join('\n'));
    const [, chain, rule] = save.lines;
    assert.ok(chain?.kind === 'chain' && rule?.kind === 'rule');
    assert.deepEqual(chain.counters, { packets: '18446744073709551615', bytes: '18446744073709551614' });
    assert.deepEqual(rule.counters, { packets: '9007199254740993', bytes: '1' });
    const bare = parseSave('*mangle\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.0/8\nCOMMIT\n').save;
    assert.deepEqual(tableOf(save, 'mangle'), tableOf(bare, 'mangle'));
    assert.ok(isSame('-c 5 6 -s 10.0.0.0/8', '-s 10.0.0.0/8'));
    assert.ok(isSame('--set-counters 5 6 -s 10.0.0.0/8', '-s 10.0.0.0/8'));
  });

  it('10 knows protocols by name and by number', () => {
    for (const [one, other] of [
      ['gre', '47'],
      ['ospf', '89'],
      ['vrrp', '112'],
      ['TCP', '6'],
      ['ipv6-icmp', 'icmpv6'],
      ['mobility-header', 'ipv6-mh'],
    ] as const) {
      assert.ok(isSame(`-p ${one} -j ACCEPT`, `-p ${other} -j ACCEPT`), one);
    }
    assert.equal(isSame('-p gre', '-p ipip'), false);
    assert.ok(isSame('-p all -j ACCEPT', '-j ACCEPT'));
    assert.ok(isSame('-p 0 -j ACCEPT', '-j ACCEPT'));
    // the text that was read is the text that is printed, whichever version wrote it
    assert.equal(printRule(parseRule('-p gre -j ACCEPT')), '-p gre -j ACCEPT');
    // IPsec's transform has a protocol too, and it is not the packet's
    const policy = savedRule('-m policy --dir out --pol ipsec --proto esp');
    assert.deepEqual(policy.builtins, {});
  });

  it('11 reads masks of every form, and whatever stands in front of /0', () => {
    for (const [typed, saved] of [
      ['-s 0.0.0.0/0 -j ACCEPT', '-j ACCEPT'],
      ['-s 10.1.2.3/0 -j ACCEPT', '-j ACCEPT'],
      ['-d ::/0 -j ACCEPT', '-j ACCEPT'],
      ['-s 10.1.2.3', '-s 10.1.2.3/32'],
      ['-s 10.1.2.3/255.255.0.0', '-s 10.1.0.0/16'],
      ['-s 10.1.2.3/255.0.255.0', '-s 10.0.2.0/255.0.255.0'],
      ['-s 10/8', '-s 10.0.0.0/8'],
      ['-s 2001:DB8:0:0::A', '-s 2001:db8::a/128'],
      ['-d FE80::1/64', '-d fe80::/64'],
    ] as const) {
      assert.equal(printPlain(readRule(typed)), saved);
    }
    savedRule('! -s 0.0.0.0/0');
    assert.equal(isSame('! -s 0.0.0.0/0', '-s 0.0.0.0/0'), false);
    assert.equal(isSame('-s 10.0.0.0/8', '-s 10.0.0.0/9'), false);
  });

  it('12 tells empty output from a table that is empty', () => {
    assert.equal(statusOf(parseSave('').save, 'mangle'), 'absent');
    const { save } = parseSave('*mangle\nCOMMIT\n');
    assert.equal(statusOf(save, 'mangle'), 'complete');
    assert.equal(tableOf(save, 'mangle').chains.size, 0);
    assert.equal(statusOf(save, 'nat'), 'absent');
  });

  it('13 notices a table that was not printed, or not to its end', () => {
    const header = '# Generated by iptables-nft-save v1.8.9 (nf_tables) on Mon Nov 23 11:00:00 2026\n';
    const nat = '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n';
    const silent = `${header}# Table \`mangle' is incompatible, use 'nft' tool.\n${nat}`;
    assert.equal(statusOf(parseSave(silent).save, 'mangle'), 'incompatible');
    assert.equal(statusOf(parseSave(silent).save, 'nat'), 'complete');
    const partly = "# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n";
    assert.equal(statusOf(parseSave(partly + nat).save, 'nat'), 'tainted');
    const cut = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DROP\n';
    assert.equal(statusOf(parseSave(cut).save, 'mangle'), 'tainted');
    assert.equal(statusOf(parseSave(cut + nat).save, 'mangle'), 'tainted');
    const mixed = `${cut}# Warning: iptables-legacy tables present\nlibkmod: something failed\nCOMMIT\n`;
    assert.equal(statusOf(parseSave(mixed).save, 'mangle'), 'tainted');
    // a user's comment that says the same is a comment
    const quoted = mangleDump(['-m comment --comment "# Table `mangle\' is incompatible" -j DROP']);
    assert.equal(statusOf(parseSave(quoted).save, 'mangle'), 'complete');
  });

  it('14 reads what old versions print, and prints it back with its blanks and quotes', () => {
    const old = ['# Generated by iptables-save v1.4.7 on Mon Nov 23 11:00:00 2026', '*mangle'];
    old.push(':PREROUTING ACCEPT [0:0]', '-A PREROUTING -s 10.0.0.1/32 -m comment --comment "foo" -j DROP ');
    old.push('-A PREROUTING -s 10.0.0.2/32 ', '-A PREROUTING -j NFLOG --nflog-prefix  "x" --nflog-group 2 ');
    old.push('COMMIT', '');
    const { save, diagnostics } = parseSave(old.join('\n'));
    assert.deepEqual(diagnostics, []);
    assert.equal(printSave(save), old.join('\n'));
    const [first, second, third] = tableOf(save, 'mangle').chains.get('PREROUTING')?.rules ?? [];
    assert.ok(first && second && third);
    assert.equal(second.text, '-s 10.0.0.2/32');
    assert.ok(isSame(first.text, '-s 10.0.0.1/32 -m comment --comment foo -j DROP'));
    assert.ok(isSame(third.text, '-j NFLOG --nflog-prefix x --nflog-group 2'));
    const written = (version: string): string | undefined => {
      const [line] = parseSave(`# Generated by iptables-save v${version} (nf_tables) on DATE\n`).save.lines;
      const printer = line === undefined ? undefined : printerOf({ lines: [line] });
      return printer === undefined ? 'unknown' : printerDefect(printer)?.what;
    };
    assert.match(written('1.8.8') ?? '', /over the address/);
    assert.match(written('1.8.7') ?? '', /leaves matches out/);
    assert.equal(written('1.8.9'), undefined);
  });

  it('15 takes the listing of iptables -L for no rules at all', () => {
    const listing = ['Chain INPUT (policy ACCEPT)', 'target     prot opt source               destination'];
    listing.push('ACCEPT     tcp  --  anywhere             anywhere             tcp dpt:ssh', '');
    const { save, diagnostics } = parseSave(listing.join('\n'));
    assert.equal(diagnostics.length, 3);
    assert.ok(diagnostics.every(({ code }) => code === 'SM2001'));
    assert.equal(statusOf(save, 'filter'), 'absent');
    assert.equal(printSave(save), listing.join('\n'));
  });

  it('16 reads rules over two lines, every byte, CRLF, missing ends and several dumps in one file', () => {
    const wide = mangleDump([
      '-m comment --comment "one\n-A PREROUTING -j DROP\nCOMMIT" -j ACCEPT',
      '-j DROP',
    ]);
    assert.deepEqual(kindsOf(wide), ['table', 'chain', 'rule', 'rule', 'commit']);
    assert.equal(parseSave(wide).save.lines[3]?.line, 6);
    const [latin] = savedRule('-m comment --comment "caf\xe9 \xff\xfe\t\x07" -j ACCEPT').matches;
    assert.ok(latin?.kind === 'comment');
    assert.equal(latin.options.comment?.value, 'caf\xe9 \xff\xfe\t\x07');
    const crlf = wide.replaceAll('\n', '\r\n');
    assert.equal(kindsOf(crlf).length, 5);
    const [plain] = tableOf(parseSave(mangleDump(['-j DROP'])).save, 'mangle').chains.values();
    const [dos] = tableOf(
      parseSave(mangleDump(['-j DROP']).replaceAll('\n', '\r\n')).save,
      'mangle',
    ).chains.values();
    assert.deepEqual(dos, plain);
    assert.deepEqual(kindsOf('*mangle\nCOMMIT'), ['table', 'commit']);
    const two = mangleDump(['-j DROP']) + mangleDump(['-j ACCEPT']);
    assert.equal(statusOf(parseSave(two).save, 'mangle'), 'tainted');
    assert.equal(kindsOf(two).length, 8);
    const other = mangleDump(['-j DROP']) + mangleDump([]).replace('mangle', 'nat');
    assert.equal(statusOf(parseSave(other).save, 'mangle'), 'complete');
    assert.equal(statusOf(parseSave(other).save, 'nat'), 'complete');
  });

  it('17 reads lines and comments of any length, and writes none that iptables-restore would cut', () => {
    const long = `-m comment --comment ${'x'.repeat(255)} -j DROP`;
    assert.doesNotThrow(() => printRestore('mangle', [{ text: `-A X ${long}` }]));
    const refused = [
      `-A X -m comment --comment ${'x'.repeat(256)} -j DROP`,
      // the whole rule is opaque, and would be cut all the same
      `-A X -s host.example -m comment --comment ${'x'.repeat(256)} -j DROP`,
      `-A X ${'-m comment --comment x '.repeat(500)}`,
      `-A X -j LOG --log-prefix ${'x'.repeat(1024)}`,
    ];
    for (const text of refused) {
      assert.throws(() => printRestore('mangle', [{ text }]), UnwritableLine);
      const dump = `*mangle\n${text}\nCOMMIT\n`;
      assert.equal(printSave(parseSave(dump).save), dump);
    }
    const [comment] = savedRule(`-m comment --comment ${'x'.repeat(20_000)} -j DROP`).matches;
    assert.ok(comment?.kind === 'comment');
    assert.equal(comment.options.comment?.value.length, 20_000);
  });

  it('18 knows that --set-mark V/M is --set-xmark V/(V|M)', () => {
    for (const [typed, saved] of [
      ['--set-mark 1', '0x1/0xffffffff'],
      ['--set-mark 0x1ff/0xff', '0x1ff/0x1ff'],
      ['--set-mark 0x80000000/0xff', '0x80000000/0x800000ff'],
      ['--or-mark 0x10', '0x10/0x10'],
      ['--and-mark 0xff', '0x0/0xffffff00'],
      ['--xor-mark 0x10', '0x10/0x0'],
      ['--set-xmark 0x1ff/0xff', '0x1ff/0xff'],
    ] as const) {
      for (const target of ['MARK', 'CONNMARK'] as const) {
        assert.ok(isSame(`-j ${target} ${typed}`, `-j ${target} --set-xmark ${saved}`), typed);
      }
    }
    assert.equal(isSame('-j MARK --set-mark 0x1ff/0xff', '-j MARK --set-xmark 0x1ff/0xff'), false);
    assert.equal(isSame('-j MARK --set-mark 0x1', '-j CONNMARK --set-mark 0x1'), false);
  });

  it('19 reads options that are abbreviated, assigned or long', () => {
    const saved = '-s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x1/0xff';
    for (const typed of [
      '--source 10.0.0.1 --protocol tcp --match tcp --destination-port 80 --jump MARK --set-xmark 1/0xff',
      '--sourc 10.0.0.1 -p tcp -m tcp --dpor http --jump MARK --set-x 1/0xff',
      '--src=10.0.0.1 --proto=tcp --match tcp --dport=80 -j MARK --set-xmark=1/255',
    ]) {
      assert.ok(isSame(typed, saved), typed);
      assert.equal(printRule(parseRule(typed)), typed);
    }
    // two options begin so
    assert.equal(parseRule('-p tcp -m tcp --tcp 5').kind, 'opaque');
    // what nobody knows may have an option of just this name
    assert.deepEqual(readRule('-m frobnicate --in 5').builtins, {});
    assert.deepEqual(readRule('-p tcp -m frobnicate --dport 5').matches.length, 1);
  });

  it('20 takes what stands behind an option for its value, whatever it looks like', () => {
    for (const word of ['--comment', '-j', '-t', '--', '-']) {
      assert.deepEqual(commentsOf(savedRule(`-m comment --comment ${word} -j DROP`)), [word]);
    }
    for (const word of ['!', '--mark=1', '-s 10.0.0.1', '--x=-f']) {
      assert.deepEqual(commentsOf(savedRule(`-m comment --comment "${word}" -j DROP`)), [word]);
    }
    const typed = readRule('-m comment --comment --x=-f -j DROP');
    assert.deepEqual([commentsOf(typed), typed.builtins], [['--x=-f'], {}]);
    savedRule('-j LOG --log-prefix --log-level --log-level 7');
    savedRule('-m string --string "! -j ACCEPT" --algo bm');
  });

  it('21 keeps rules of chains that are not declared, and does not guess what a jump leads to', () => {
    const { save } = parseSave('*mangle\n-A SAREF-A -j SAREF-B\nCOMMIT\n');
    assert.deepEqual(tableOf(save, 'mangle').chains.get('SAREF-A')?.policy, '-');
    assert.equal(tableOf(save, 'mangle').chains.get('SAREF-A')?.rules.length, 1);
    assert.deepEqual(savedRule('-j mark').target, { kind: 'jump', chain: 'mark' });
    assert.deepEqual(savedRule('-j FROBNICATE').target, { kind: 'jump', chain: 'FROBNICATE' });
    assert.deepEqual(savedRule('-j NOTRACK').target, { kind: 'opaque', name: 'NOTRACK', tokens: [] });
    // a target that needs an option is not this target without it
    assert.equal(readRule('-j MARK').target?.kind, 'opaque');
    assert.deepEqual(savedRule('-j ACCEPT').target, { kind: 'ACCEPT', options: {} });
  });

  it('22 prints untouched lines as they were, wherever they stand', () => {
    const dump = [
      '# Generated by iptables-save v1.8.9 on Mon Nov 23 11:00:00 2026',
      '*mangle',
      ':POSTROUTING ACCEPT [3:4]',
      ':INPUT DROP [1:2]',
      ':b - [0:0]',
      ':a - [0:0]',
      '[7:8] -A b  -p  tcp --dport 80 --source 10.1.1.1 -j MARK --set-mark 5 ',
      '[9:10] -A a -m comment --comment "needless" -m limit --limit 60/minute',
      '# a remark',
      '',
      '-A INPUT -m comment --comment 7 -j DROP',
      'COMMIT',
      '# Completed on Mon Nov 23 11:00:00 2026',
      '',
    ].join('\n');
    const { save, diagnostics } = parseSave(dump);
    assert.equal(printSave(save), dump);
    assert.deepEqual(diagnostics, []);
    assert.equal(statusOf(save, 'mangle'), 'complete');
    const [rule] = tableOf(save, 'mangle').chains.get('b')?.rules ?? [];
    assert.equal(rule?.text, ' -p  tcp --dport 80 --source 10.1.1.1 -j MARK --set-mark 5');
  });
});
