import assert from 'node:assert/strict';
import { arg, commented, FROM_THIS_HOST, jumpTo, marked, RETURN, rule } from '../../../src/iptables/build.ts';
import { parseRule } from '../../../src/iptables/index.ts';
import type { AnyRule, Arg, Match, Opaque, Target } from '../../../src/iptables/index.ts';

function not<T>(value: T): Arg<T> {
  return { negated: true, value };
}

function opaque(name: string, ...words: readonly string[]): Opaque {
  return { kind: 'opaque', name, words };
}

function matchesOf(text: string): readonly Match[] {
  const parsed = parseRule(text);
  assert.equal(parsed.kind, 'rule', text);
  return parsed.matches;
}

function targetOf(text: string): Target | undefined {
  const parsed = parseRule(text);
  assert.equal(parsed.kind, 'rule', text);
  return parsed.target;
}

function assertOpaque(text: string): void {
  assert.deepEqual(parseRule(text), { kind: 'opaque', words: text.split(' ') });
}

describe('parseRule', () => {
  it('reads a rule of ours', () => {
    const text =
      '-s 10.9.1.0/24 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment lab ' +
      '-j MARK --set-xmark 0x80010000/0xffff0000';
    const expected: AnyRule = rule(
      [marked({ value: 0, mask: 0x80000000 }), commented('lab')],
      { kind: 'MARK', options: { setXmark: arg({ value: 0x80010000, mask: 0xffff0000 }) } },
      { src: arg({ address: 0x0a090100, prefix: 24 }), dst: arg({ address: 0xc0a80000, prefix: 24 }) },
    );
    assert.deepEqual(parseRule(text), expected);
  });

  it('reads every option of the rule itself, negated ones too', () => {
    assert.deepEqual(parseRule('! -s 10.9.1.1/32 ! -d 10.9.1.2/32 ! -i eth+ ! -o mast0 ! -p udp -j RETURN'), {
      kind: 'rule',
      builtins: {
        src: not({ address: 0x0a090101, prefix: 32 }),
        dst: not({ address: 0x0a090102, prefix: 32 }),
        inInterface: not('eth+'),
        outInterface: not('mast0'),
        protocol: not('udp'),
      },
      matches: [],
      target: RETURN,
    });
  });

  it('reads a rule that asks nothing and does nothing', () => {
    assert.deepEqual(parseRule(''), { kind: 'rule', builtins: {}, matches: [], target: undefined });
  });

  it('reads every match', () => {
    assert.deepEqual(
      matchesOf(
        '-m addrtype --src-type LOCAL -m addrtype ! --src-type LOCAL --dst-type UNICAST,LOCAL ' +
          '-m mark ! --mark 0x1 -m multiport --dports 500,4500 -m multiport ! --sports 53 ' +
          '-m multiport --ports 1:2 -m udp --sport 500 ! --dport 1024:65535 -m udp',
      ),
      [
        FROM_THIS_HOST,
        { kind: 'addrtype', options: { srcType: not(['LOCAL']), dstType: arg(['UNICAST', 'LOCAL']) } },
        { kind: 'mark', options: { mark: not({ value: 1, mask: 0xffffffff }) } },
        {
          kind: 'multiport',
          options: {
            dports: arg([
              { first: 500, last: 500 },
              { first: 4500, last: 4500 },
            ]),
          },
        },
        { kind: 'multiport', options: { sports: not([{ first: 53, last: 53 }]) } },
        { kind: 'multiport', options: { ports: arg([{ first: 1, last: 2 }]) } },
        {
          kind: 'udp',
          options: { sport: arg({ first: 500, last: 500 }), dport: not({ first: 1024, last: 65535 }) },
        },
        { kind: 'udp', options: {} },
      ],
    );
  });

  it('keeps matches in their order, the same one twice too', () => {
    assert.deepEqual(matchesOf('-m comment --comment b -m comment --comment a'), [
      commented('b'),
      commented('a'),
    ]);
  });

  it('takes the word behind an option for its value, whatever it looks like', () => {
    for (const word of ['--comment', '-j', '-m', '-s', '-t', '!', '"!"', '"-j"', '"a -j DROP"', '""']) {
      const text = word.replaceAll('"', '');
      assert.deepEqual(parseRule(`-m comment --comment ${word} -j RETURN`), rule([commented(text)], RETURN));
    }
    assert.deepEqual(parseRule('-i -s -j RETURN'), rule([], RETURN, { inInterface: arg('-s') }));
  });

  it('does not take a quoted word for an option', () => {
    assertOpaque('"-s" 10.9.1.1/32');
    assert.deepEqual(matchesOf('-m mark "--mark" 0x1'), [opaque('mark', '"--mark"', '0x1')]);
  });

  it('reads options that iptables would print in another order', () => {
    const inOrder = '-s 10.9.1.1/32 -i eth0 -m udp --sport 1 --dport 2 -m mark --mark 0x1 -j RETURN';
    for (const typed of [
      '-i eth0 -s 10.9.1.1/32 -m udp --dport 2 --sport 1 -m mark --mark 0x1 -j RETURN',
      '-j RETURN -m udp --sport 1 --dport 2 -i eth0 -m mark --mark 0x1 -s 10.9.1.1/32',
    ]) {
      assert.deepEqual(parseRule(typed), parseRule(inOrder));
    }
    assert.deepEqual(
      parseRule('-m udp ! -s 10.9.1.1/32 ! --dport 2'),
      parseRule('! -s 10.9.1.1/32 -m udp ! --dport 2'),
    );
  });
});

describe('parseRule, of targets,', () => {
  for (const kind of ['ACCEPT', 'DROP', 'RETURN'] as const) {
    it(`reads ${kind}`, () => {
      assert.deepEqual(targetOf(`-j ${kind}`), { kind, options: {} });
    });
  }

  it('reads a jump to a chain, whatever it is called', () => {
    for (const chain of [
      'IPSEC',
      'NOMAD-ADMIN',
      'ends-p',
      'mark',
      'udp',
      '#c',
      "it's",
      '\xc3\xa0',
      'toString',
    ]) {
      assert.deepEqual(targetOf(`-j ${chain}`), jumpTo(chain));
    }
  });

  it('reads a goto, to a chain that is called like a target too', () => {
    assert.deepEqual(targetOf('-g IPSEC'), { kind: 'goto', chain: 'IPSEC' });
    assert.deepEqual(targetOf('-g MARK'), { kind: 'goto', chain: 'MARK' });
  });

  it('cannot tell a target without options from a chain', () => {
    assert.deepEqual(targetOf('-j LOG'), jumpTo('LOG'));
  });

  it('keeps a target that it does not know', () => {
    assert.deepEqual(
      targetOf('-j LOG --log-prefix "a -m b" --log-level 7'),
      opaque('LOG', '--log-prefix', '"a -m b"', '--log-level', '7'),
    );
  });

  it('keeps options that it does not know of a target that it knows', () => {
    assert.deepEqual(targetOf('-j MARK --and-mark 0xff'), opaque('MARK', '--and-mark', '0xff'));
    assert.deepEqual(targetOf('-j ACCEPT --why'), opaque('ACCEPT', '--why'));
    assert.deepEqual(
      targetOf('-j MARK ! --set-xmark 0x1/0x1'),
      opaque('MARK', '!', '--set-xmark', '0x1/0x1'),
    );
  });
});

describe('parseRule, of what it does not know,', () => {
  const cases: readonly (readonly [string, Opaque])[] = [
    ['-m conntrack --ctstate NEW', opaque('conntrack', '--ctstate', 'NEW')],
    ['-m conntrack ! --ctstate NEW', opaque('conntrack', '!', '--ctstate', 'NEW')],
    ['-m physdev --physdev-is-bridged', opaque('physdev', '--physdev-is-bridged')],
    ['-m esp', opaque('esp')],
    [
      '-m policy --pol ipsec --next --pol none',
      opaque('policy', '--pol', 'ipsec', '--next', '--pol', 'none'),
    ],
    ['-m toString --x', opaque('toString', '--x')],
  ];
  for (const [text, match] of cases) {
    it(`keeps ${text}`, () => {
      assert.deepEqual(matchesOf(`-m udp ${text} -m udp`).slice(1, 2), [match]);
    });
  }

  it('keeps a value that looks like an option of the rule itself', () => {
    // iptables-save prints it like this, without quotes
    assert.deepEqual(parseRule('-m recent --set --name -p --mask 255.255.255.255 --rsource -j RETURN'), {
      kind: 'rule',
      builtins: {},
      matches: [opaque('recent', '--set', '--name', '-p', '--mask', '255.255.255.255', '--rsource')],
      target: RETURN,
    });
  });

  it('keeps a match that it knows with words that it cannot read', () => {
    for (const words of [
      ['--mark', 'what'],
      ['--mark', '0x1', '--mark', '0x2'],
      ['--mark'],
      ['--mark', '0x1', '!'],
      ['!', '!', '--mark', '0x1'],
      ['--new-option'],
    ]) {
      assert.deepEqual(matchesOf(`-m mark ${words.join(' ')}`), [opaque('mark', ...words)]);
    }
  });

  it('gives up a rule with options of its own that it cannot read', () => {
    assertOpaque('-s 10.0.0.0/255.0.255.0 -m mark --mark 0x1 -j RETURN');
    assertOpaque('-p tcp -f -j DROP');
    assertOpaque('-s 10.9.1.1/32 -s 10.9.1.2/32');
    assertOpaque('-s');
    assertOpaque('! -j DROP');
    assertOpaque('-j');
    assertOpaque('!');
  });

  it('gives up a rule with two targets', () => {
    assertOpaque('-j ACCEPT -j DROP');
    assertOpaque('-j ACCEPT -g IPSEC');
  });

  it('gives up a rule that it could not print again', () => {
    assertOpaque('-g IPSEC --why');
    assertOpaque('-j ""');
    assert.deepEqual(parseRule('-m "a b" --x'), { kind: 'opaque', words: ['-m', '"a b"', '--x'] });
  });
});
