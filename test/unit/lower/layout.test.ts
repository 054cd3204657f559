import assert from 'node:assert/strict';
import { printSets } from '../../../src/host/ip-set-text.ts';
import type { Layout } from '../../../src/lower/layout.ts';
import { layOut } from '../../../src/lower/layout.ts';
import { liftTable } from '../../../src/lower/lift.ts';
import { arg, marked, rule } from '../../../src/iptables/build.ts';
import { tableRule } from '../../../src/iptables/table.ts';
import { UNMARKED } from '../../../src/domain/mark.ts';
import { compiledOf, laidOut } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

/** Entries `dst: ..., src: ...` of conns a, b, c ... with SArefs 1, 2, 3 ... */
function lines(layout: Layout, ...entries: readonly string[]): string[] {
  const conns = entries.map((_, at) => String.fromCharCode(97 + at));
  const text = `version: 1
sarefs: { ${conns.map((conn, at) => `${conn}: ${String(at + 1)}`).join(', ')} }
entries: [${entries.map((entry, at) => `{ conn: ${conns[at] ?? ''}, ${entry} }`).join(', ')}]\n`;
  const { tables, sets } = compiledOf(text, 'policy.yaml', laidOut(layout)).host;
  const rules = [...tables.mangle.chains].flatMap(([name, chain]) =>
    /^SAREF-[ELOBS]/.test(name) ? chain.rules.map((one) => `${name} ${one.text}`) : [],
  );
  return [...printSets(sets), ...rules]
    .filter((line) => !/-j (RETURN|CONNMARK --restore)/.test(line))
    .map((line) =>
      line
        .replace(/ -m mark --mark 0x0\/0x80000000/, ' UNMARKED')
        .replace(/ -m mark ! --mark 0x80000000\/0xffff0000/, ' HERE')
        .replace(/ -m comment --comment (\w)/, ' $1'),
    );
}

describe('entries as sets', () => {
  it('are one set where they differ in their network alone, which rules of all forms ask', () => {
    const entries = ['a', 'b'].map(
      (_, at) => `src: [10.1.0.0/16, 10.2.0.0/16], dst: 192.168.${String(at)}.0/24`,
    );
    assert.deepEqual(lines('sets', ...entries), [
      'create SAREF-SET-1 hash:net comment family inet skbinfo maxelem 65536',
      'add SAREF-SET-1 192.168.0.0/24 comment "a" skbmark 0x80010000/0xffff0000',
      'add SAREF-SET-1 192.168.1.0/24 comment "b" skbmark 0x80020000/0xffff0000',
      'SAREF-ENTRIES -s 10.1.0.0/16 UNMARKED -j SET --map-set SAREF-SET-1 dst --map-mark',
      'SAREF-ENTRIES -s 10.2.0.0/16 UNMARKED -j SET --map-set SAREF-SET-1 dst --map-mark',
    ]);
  });

  it('are asked by the source where that is what differs', () => {
    const entries = [1, 2].map((at) => `src: 10.${String(at)}.0.0/16, dst: 192.168.0.0/24`);
    assert.deepEqual(
      lines('sets', ...entries).at(-1),
      'SAREF-ENTRIES -d 192.168.0.0/24 UNMARKED -j SET --map-set SAREF-SET-1 src --map-mark',
    );
  });

  it('leave out what an earlier one holds, for a set would prefer it', () => {
    const set = lines(
      'sets',
      'dst: [10.1.1.0/24, 10.2.0.0/16]',
      'dst: 10.1.0.0/16',
      'dst: [10.1.2.0/24, 10.3.0.0/16]',
    );
    assert.deepEqual(
      set.filter((line) => line.startsWith('add')).map((line) => line.slice(16, 38)),
      [
        '10.1.0.0/16 comment "b',
        '10.1.1.0/24 comment "a',
        '10.2.0.0/16 comment "a',
        '10.3.0.0/16 comment "c',
      ].map((line) => line.slice(0, 22)),
    );
  });

  it('stay rules where one has every address, another form, or a quote in its name', () => {
    const odd = lines(
      'sets',
      'dst: 10.1.0.0/16',
      'proto: tcp',
      'dst: 10.2.0.0/16, dscp: 7',
      'dst: 0.0.0.0/0',
    );
    assert.equal(odd.filter((line) => line.includes('-j MARK')).length, 4);
    const quoted = `version: 1\nsarefs: { 'a"': 1, b: 2 }\nentries: [{ conn: 'a"', dst: 10.1.0.0/16 }, { conn: b, dst: 10.2.0.0/16 }]\n`;
    assert.equal(compiledOf(quoted, 'policy.yaml', laidOut('sets')).host.sets.size, 0);
  });

  /** Of the rules those that mark, the sets as `(element element)` in the place where they are asked. */
  function order(...entries: readonly string[]): string {
    const all = lines('sets', ...entries);
    const elements = (set: string): string =>
      all
        .flatMap((line) => (line.startsWith(`add ${set} `) ? (/"(\w)"/.exec(line)?.[1] ?? []) : []))
        .join(' ');
    return all
      .flatMap((line) => {
        const set = /--map-set (\S+)/.exec(line)?.[1];
        return set === undefined ? (/ (\w) -j MARK/.exec(line)?.[1] ?? []) : `(${elements(set)})`;
      })
      .join(' ');
  }

  const orders: Readonly<Record<string, readonly [order: string, ...entries: string[]]>> = {
    'together, and so in front of others that have other networks': [
      '(a d) (b e) (c f)',
      ...[1, 2].flatMap((at) => [
        `dst: 10.${String(at)}.7.0/24, proto: tcp`,
        `dst: 10.${String(at)}.9.0/24, proto: udp`,
        `dst: 10.${String(at)}.0.0/16`,
      ]),
    ],
    'together where others have another source': [
      '(a c) (b d)',
      ...[1, 2].flatMap((at) => [
        `src: 10.1.0.0/16, dst: 192.168.${String(at)}.0/24`,
        `src: 10.2.0.0/16, dst: 192.168.${String(at)}.0/24`,
      ]),
    ],
    'not in front of a narrower one': [
      'a b (c d)',
      'dst: 10.1.0.0/16',
      'dst: 10.2.7.0/24, proto: tcp',
      'dst: 10.2.0.0/16',
      'dst: 10.3.0.0/16',
    ],
    'not in front of a wider one': [
      '(a c) b d',
      'dst: 10.1.0.0/16',
      'dst: 10.2.0.0/16, proto: tcp',
      'dst: 10.3.0.0/16',
      'dst: 10.2.7.0/24',
    ],
    'not in front of one that asks for no network': [
      'a b (c d)',
      'dst: 10.1.0.0/16',
      'proto: tcp',
      'dst: 10.2.0.0/16',
      'dst: 10.3.0.0/16',
    ],
    'not in front of what has joined an earlier one, if it has its network': [
      '(a c e) (b d) f',
      'dst: 10.1.0.0/16, proto: tcp',
      'dst: 10.1.0.0/16, proto: udp',
      'dst: 10.2.0.0/16, proto: tcp',
      'dst: 10.3.0.0/16, proto: udp',
      'dst: 10.4.0.0/16, proto: tcp',
      'dst: 10.3.0.0/24, proto: tcp',
    ],
  };
  for (const [what, [expected, ...entries]] of Object.entries(orders)) {
    it(`stand ${what}`, () => {
      assert.equal(order(...entries), expected);
    });
  }

  it('are in the set of the chain that their packets meet, one for each', () => {
    const all = lines(
      'sets',
      'dst: 10.1.0.0/16',
      'dst: 10.2.0.0/16',
      'dst: 10.3.0.0/16, user: 7',
      'dst: 10.4.0.0/16',
      'dst: 10.5.0.0/16',
    );
    assert.deepEqual(
      all.filter((line) => line.includes('-j SET')),
      [
        'SAREF-ENTRIES UNMARKED -j SET --map-set SAREF-SET-1 dst --map-mark',
        'SAREF-LOCAL UNMARKED -j SET --map-set SAREF-SET-2 dst --map-mark',
      ],
    );
  });
});

describe('entries as a tree', () => {
  it('are in chains for their networks, and alone where there is one', () => {
    const entries = [1, 2, 3, 4, 65].map((at) => `dst: 10.0.${String(at)}.0/24`);
    assert.deepEqual(lines('tree', ...entries), [
      'SAREF-ENTRIES -j SAREF-E1',
      'SAREF-E1 -d 10.0.0.0/22 -g SAREF-E1-10.0.0.0/22',
      'SAREF-E1 -d 10.0.4.0/24 UNMARKED d -j MARK --set-xmark 0x80040000/0xffff0000',
      'SAREF-E1 -d 10.0.65.0/24 UNMARKED e -j MARK --set-xmark 0x80050000/0xffff0000',
      'SAREF-E1-10.0.0.0/22 -d 10.0.1.0/24 UNMARKED a -j MARK --set-xmark 0x80010000/0xffff0000',
      'SAREF-E1-10.0.0.0/22 -d 10.0.2.0/24 UNMARKED b -j MARK --set-xmark 0x80020000/0xffff0000',
      'SAREF-E1-10.0.0.0/22 -d 10.0.3.0/24 UNMARKED c -j MARK --set-xmark 0x80030000/0xffff0000',
    ]);
  });

  it('do not pass a wider one that holds them', () => {
    const entries = [0, 1, 2, 3, 64, 65, 66, 67].map((at) => `dst: 10.0.${String(at)}.0/24, proto: udp`);
    const behind = [0, 1, 2, 3, 64, 65, 66, 67].map((at) => `dst: 10.0.${String(at)}.0/24`);
    const root = lines('tree', ...entries, 'dst: 10.0.0.0/16, proto: tcp', ...behind).filter((line) =>
      line.startsWith('SAREF-ENTRIES'),
    );
    assert.deepEqual(root, [
      'SAREF-ENTRIES -j SAREF-E1',
      'SAREF-ENTRIES -d 10.0.0.0/16 -p tcp UNMARKED i -j MARK --set-xmark 0x80090000/0xffff0000',
      'SAREF-ENTRIES UNMARKED -j SAREF-E2',
    ]);
  });

  it('have names that iptables takes, whatever the network', () => {
    const entries = Array.from(
      { length: 12 },
      (_, at) => `dst: 255.255.255.${String(240 + at)}, proto: ${String(at + 1)}`,
    );
    const chains = lines('tree', ...entries).map((line) => line.split(' ')[0] ?? '');
    assert.ok(chains.every((chain) => chain.length <= 28));
    assert.ok(chains.some((chain) => chain.startsWith('SAREF-E1-255.255.255.')));
  });
});

describe('entries for what goes from client to client', () => {
  const three = [1, 2, 3].map((at) => `dst: 10.0.${String(at)}.0/24, in: mast0`);

  it('are a set that sends on, and one that says by which conn', () => {
    assert.deepEqual(lines('sets', ...three), [
      'create SAREF-SET-1 hash:net comment family inet skbinfo maxelem 65536',
      'add SAREF-SET-1 10.0.1.0/24 comment "a" skbmark 0x80000000/0xffff0000',
      'add SAREF-SET-1 10.0.2.0/24 comment "b" skbmark 0x80000000/0xffff0000',
      'add SAREF-SET-1 10.0.3.0/24 comment "c" skbmark 0x80000000/0xffff0000',
      'create SAREF-SET-2 hash:net comment family inet skbinfo maxelem 65536',
      'add SAREF-SET-2 10.0.1.0/24 comment "a" skbmark 0x80010000/0xffff0000',
      'add SAREF-SET-2 10.0.2.0/24 comment "b" skbmark 0x80020000/0xffff0000',
      'add SAREF-SET-2 10.0.3.0/24 comment "c" skbmark 0x80030000/0xffff0000',
      'SAREF-ONWARD HERE -j SET --map-set SAREF-SET-1 dst --map-mark',
      'SAREF-ONWARD-BY -j MARK --set-xmark 0x0/0xffff0000',
      'SAREF-ONWARD-BY UNMARKED -j SET --map-set SAREF-SET-2 dst --map-mark',
      'SAREF-ONWARD-BY UNMARKED -j MARK --set-xmark 0x80000000/0xffff0000',
    ]);
  });

  it('are in chains of their own twice, too', () => {
    const entries = [1, 2, 3, 4, 65].map((at) => `dst: 10.0.${String(at)}.0/24, in: mast0`);
    assert.deepEqual(lines('tree', ...entries), [
      'SAREF-ONWARD -j SAREF-O1',
      'SAREF-ONWARD-BY -j MARK --set-xmark 0x0/0xffff0000',
      'SAREF-ONWARD-BY -j SAREF-B1',
      'SAREF-ONWARD-BY UNMARKED -j MARK --set-xmark 0x80000000/0xffff0000',
      'SAREF-O1 -d 10.0.0.0/22 -g SAREF-O1-10.0.0.0/22',
      'SAREF-O1 -d 10.0.4.0/24 HERE d -j MARK --set-xmark 0x80000000/0xffff0000',
      'SAREF-O1 -d 10.0.65.0/24 HERE e -j MARK --set-xmark 0x80000000/0xffff0000',
      'SAREF-O1-10.0.0.0/22 -d 10.0.1.0/24 HERE a -j MARK --set-xmark 0x80000000/0xffff0000',
      'SAREF-O1-10.0.0.0/22 -d 10.0.2.0/24 HERE b -j MARK --set-xmark 0x80000000/0xffff0000',
      'SAREF-O1-10.0.0.0/22 -d 10.0.3.0/24 HERE c -j MARK --set-xmark 0x80000000/0xffff0000',
      'SAREF-B1 -d 10.0.0.0/22 -g SAREF-B1-10.0.0.0/22',
      'SAREF-B1 -d 10.0.4.0/24 UNMARKED d -j MARK --set-xmark 0x80040000/0xffff0000',
      'SAREF-B1 -d 10.0.65.0/24 UNMARKED e -j MARK --set-xmark 0x80050000/0xffff0000',
      'SAREF-B1-10.0.0.0/22 -d 10.0.1.0/24 UNMARKED a -j MARK --set-xmark 0x80010000/0xffff0000',
      'SAREF-B1-10.0.0.0/22 -d 10.0.2.0/24 UNMARKED b -j MARK --set-xmark 0x80020000/0xffff0000',
      'SAREF-B1-10.0.0.0/22 -d 10.0.3.0/24 UNMARKED c -j MARK --set-xmark 0x80030000/0xffff0000',
    ]);
  });

  it('are asked again behind a wider one only of what is not sent on yet', () => {
    const eight = [0, 1, 2, 3, 64, 65, 66, 67].map((at) => `dst: 10.0.${String(at)}.0/24, in: mast0`);
    const all = [
      ...eight.map((one) => `${one}, proto: udp`),
      'dst: 10.0.0.0/16, in: mast0, proto: tcp',
      ...eight,
    ];
    assert.deepEqual(
      lines('tree', ...all).filter((line) => line.includes(' -j SAREF-')),
      [
        'SAREF-ONWARD -j SAREF-O1',
        'SAREF-ONWARD HERE -j SAREF-O2',
        'SAREF-ONWARD-BY -j SAREF-B1',
        'SAREF-ONWARD-BY UNMARKED -j SAREF-B2',
      ],
    );
  });
});

describe('rules that are no entries', () => {
  it('stay in their place in each layout, and so do those that cannot be understood', () => {
    const { mangle } = hostOf({
      mangle: `-A SAREF-ENTRIES -d 10.1.0.0/16 -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80010000/0xffff0000
-A SAREF-ENTRIES ! -d 10.2.0.0/16 -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80020000/0xffff0000
-A SAREF-ENTRIES -d 10.3.0.0/16 -j MARK --set-xmark 0x80030000/0xffff0000
-A SAREF-ENTRIES -d 10.0.0.0/255.0.0.255 -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80040000/0xffff0000
-A SAREF-ENTRIES -m unknown --what
-A SAREF-ENTRIES --nonsense`,
    }).tables;
    const empty = tableRule(
      rule(
        [marked(UNMARKED)],
        { kind: 'MARK', options: {} },
        { dst: arg({ family: 'ipv4', address: 0, mask: 0 }) },
      ),
    );
    const held = mangle.chains.get('SAREF-ENTRIES')?.rules ?? [];
    const table = {
      name: 'mangle',
      chains: new Map([['SAREF-ENTRIES', { policy: '-', rules: [...held, empty] }]]),
    };
    for (const layout of ['rules', 'tree', 'sets'] as const) {
      const laid = layOut(table, layout, { rule: 100, jump: 1, set: 1, chainsForRule: 10 });
      const { rules = [] } = laid.table.chains.get('SAREF-ENTRIES') ?? {};
      assert.deepEqual(rules.slice(-6), [...held, empty].slice(-6));
    }
  });
});

describe('liftTable of what somebody has changed', () => {
  const FRAME = `-A OUTPUT -j IPSEC
-A PREROUTING -j IPSEC
-A IPSEC -j NEW_IPSEC_CONN
-A NEW_IPSEC_CONN -j SAREF-ENTRIES
`;
  const MARK = '-m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80010000/0xffff0000';
  const SET =
    'create s hash:net family inet skbinfo comment\nadd s 10.1.0.0/16 skbmark 0x80010000/0xffff0000\n';

  function lifted(mangle: string, sets = ''): { readonly networks: string[]; readonly unread: string[] } {
    const host = hostOf({ mangle: FRAME + mangle, sets });
    const { clauses, unread } = liftTable(host.tables.mangle, host.sets);
    return {
      networks: clauses.map(({ selector: { dst } }) => String(dst?.[0]?.address.toString(16))),
      unread: unread.map(({ text }) => text),
    };
  }

  it('narrows what a chain is asked about to the network that leads there', () => {
    const { networks, unread } = lifted(`-A SAREF-ENTRIES -d 10.0.0.0/8 -g SAREF-E1
-A SAREF-ENTRIES -d 11.0.0.0/8 -j SAREF-E2
-A SAREF-E1 ${MARK}
-A SAREF-E1 -d 10.1.0.0/16 ${MARK}
-A SAREF-E1 -d 12.0.0.0/8 ${MARK}
-A SAREF-E1 -m unknown --what
-A SAREF-E1 --what
-A SAREF-ENTRIES -d 13.0.0.0/8 -j SAREF-E9
-A SAREF-E2 -d 0.0.0.0/1 ${MARK}`);
    assert.deepEqual(
      [networks, unread],
      [
        ['a000000', 'a010000', 'b000000'],
        ['-d 10.0.0.0/8 -m unknown --what', '--what'],
      ],
    );
  });

  const unread = {
    'a way that asks more': '-A SAREF-ENTRIES -d 10.0.0.0/8 -p tcp -g SAREF-E1',
    'a way that asks for both ends': '-A SAREF-ENTRIES -s 10.0.0.0/8 -d 10.0.0.0/8 -g SAREF-E1',
    'a way that asks for what a packet is not for': '-A SAREF-ENTRIES ! -d 10.0.0.0/8 -g SAREF-E1',
    'a way that asks for a mark': '-A SAREF-ENTRIES -m mark --mark 0x1 -j SAREF-E1',
    'a goto in front of what its packets might match': `-A SAREF-ENTRIES -d 10.0.0.0/8 -g SAREF-E1\n-A SAREF-ENTRIES -d 10.1.0.0/16 ${MARK}`,
    'a goto in front of what is for all': `-A SAREF-ENTRIES -d 10.0.0.0/8 -g SAREF-E1\n-A SAREF-ENTRIES ${MARK}`,
    'a goto for all': `-A SAREF-ENTRIES -g SAREF-E1\n-A SAREF-ENTRIES -d 10.1.0.0/16 ${MARK}`,
    'a goto in front of what cannot be read':
      '-A SAREF-ENTRIES -d 10.0.0.0/8 -g SAREF-E1\n-A SAREF-ENTRIES --what',
    'a jump to a chain of another kind': '-A SAREF-ENTRIES -j SAREF-OTHERS',
  };
  for (const [what, rules] of Object.entries(unread)) {
    it(`does not read ${what}`, () => {
      assert.notDeepEqual(lifted(`${rules}\n-A SAREF-E1 -d 10.2.0.0/16 ${MARK}`).unread, []);
    });
  }

  const asked = '-A SAREF-ENTRIES -m mark --mark 0x0/0x80000000 -j SET --map-set s dst --map-mark';
  it('reads an element without a comment', () => {
    assert.deepEqual(lifted(asked, SET), { networks: ['a010000'], unread: [] });
  });

  for (const element of ['10.2.0.0/16', '10.1.1.0/24 nomatch', 'x skbmark 0x80010000/0xffff0000', 'y']) {
    it(`reads all but the element ${element}`, () => {
      const line = `add s ${element}`;
      assert.deepEqual(lifted(asked, `${SET}${line}\n`), { networks: ['a010000'], unread: [line] });
    });
  }

  const odd = [
    ['a set that is not there', asked, ''],
    ['a set of another type', asked, SET.replace('hash:net', 'hash:ip')],
    ['a rule that sets no mark', asked.replace(' --map-mark', ''), SET],
    ['a rule that maps nothing', asked.replace('map-set s dst --map-mark', 'add-set s dst'), SET],
    ['a rule for a network besides', asked.replace('-m mark', '-d 10.0.0.0/8 -m mark'), SET],
    ['a mark that says more', asked, SET.replace('/0xffff0000', '/0xff000000')],
  ] as const;
  for (const [what, rules, sets] of odd) {
    it(`does not read ${what}`, () => {
      assert.equal(lifted(rules, sets).unread.length, 1);
    });
  }
});
