import assert from 'node:assert/strict';
import { readableEntries } from '../../../src/policy/entry.ts';
import type { Entry } from '../../../src/policy/policy.ts';
import { cidr } from '../../support/addresses.ts';
import { policyOf, textOf } from '../../support/parsed.ts';

function entryOf(text: string, rest = ''): Entry {
  const { entries } = policyOf(
    `version: 1\nnetworks: { lab: [172.20.0.0/16, 172.22.0.0/16], bad: 10.0.0.1/8 }\n${rest}entries: [{ conn: a, ${text} }]\n`,
  );
  assert.ok(entries[0]);
  return entries[0];
}

const NOTHING = {
  src: undefined,
  dst: undefined,
  protocol: undefined,
  sport: undefined,
  dport: undefined,
  inInterface: undefined,
};

describe('an entry', () => {
  it('with an alias is for packets to the alias, and says it where it cannot be read', () => {
    assert.deepEqual(entryOf('dst: 192.168.0.0/24, alias: 10.101.0.0/24').selector, {
      ...NOTHING,
      dst: [cidr('10.101.0.0/24')],
    });
    for (const alias of ['lab', '10.101.0.7/24', '10.101.0.0/33'])
      assert.equal(entryOf(`dst: 192.168.0.0/24, alias: ${alias}`).selector, undefined);
  });

  it('says which packets it is for', () => {
    const { selector } = entryOf(
      'src: 10.9.1.7, dst: [lab, 10.9.2.0/24], proto: UDP, sport: 500, dport: [1701, 1000-1999], in: eth1',
    );
    assert.deepEqual(selector, {
      src: [cidr('10.9.1.7')],
      dst: [cidr('172.20.0.0/16'), cidr('172.22.0.0/16'), cidr('10.9.2.0/24')],
      protocol: 17,
      sport: [{ first: 500, last: 500 }],
      dport: [
        { first: 1701, last: 1701 },
        { first: 1000, last: 1999 },
      ],
      inInterface: 'eth1',
    });
  });

  it('takes a protocol by its number', () => {
    assert.deepEqual(entryOf('proto: 253').selector, { ...NOTHING, protocol: 253 });
  });

  it('takes over what the defaults say, and what it says itself goes first', () => {
    const defaults = 'defaults: { src: lab, dst: 10.9.2.0/24, in: eth1, down: skip }\n';
    const taken = entryOf('proto: tcp', defaults);
    assert.deepEqual(taken.selector, {
      ...NOTHING,
      src: [cidr('172.20.0.0/16'), cidr('172.22.0.0/16')],
      dst: [cidr('10.9.2.0/24')],
      protocol: 6,
      inInterface: 'eth1',
    });
    assert.equal(taken.down, 'skip');
    const own = entryOf('src: 10.9.1.1, dst: 10.9.1.2, in: eth2, down: block', defaults);
    assert.deepEqual(own.selector, {
      ...NOTHING,
      src: [cidr('10.9.1.1')],
      dst: [cidr('10.9.1.2')],
      inInterface: 'eth2',
    });
    assert.equal(own.down, 'block');
  });

  it('keeps each part in its place', () => {
    const { conn, saref, src, dst, protocol, sport, dport, span } = entryOf(
      'saref: { refhim: 18, ref: 6 }, src: lab, dst: [10.9.1.1, 10.9.1.2], proto: tcp, sport: 7, dport: [8, 9-10]',
    );
    const texts = [
      conn,
      saref?.refhim,
      saref?.ref,
      ...(src ?? []),
      ...(dst ?? []),
      protocol,
      ...(sport ?? []),
      ...(dport ?? []),
    ];
    assert.deepEqual(
      texts.map((part) => part && textOf(part.span)),
      ['a', '18', '6', 'lab', '10.9.1.1', '10.9.1.2', 'tcp', '7', '8', '9-10'],
    );
    assert.match(textOf(span), /^\{ conn: a, .*\}$/);
  });

  it('keeps what it says for people', () => {
    const { description, contact } = entryOf('dst: lab, description: shop floor, contact: noc@example.org');
    assert.deepEqual([description, contact], ['shop floor', 'noc@example.org']);
  });

  it('takes a SAref of its own under the name of its conn', () => {
    const { saref } = entryOf('dst: lab, saref: 18');
    assert.deepEqual([saref?.conn.value, saref?.refhim?.value, saref?.ref], ['a', 18, undefined]);
    assert.equal(entryOf('dst: lab').saref, undefined);
  });

  const unread = [
    'dst: nowhere',
    'dst: bad',
    'dst: 10.9.1.1/24',
    'dst: [lab, 10.9.1.256]',
    'dst: lab, proto: tpc',
    'dst: lab, proto: all',
    'dst: lab, proto: 0',
    'dst: lab, proto: 256',
    'dst: lab, proto: tcp, dport: http',
    'dst: lab, proto: tcp, dport: 9-8',
    'dst: lab, proto: tcp, sport: [7, 65536]',
    'dst: lab, proto: tcp, sport: -1',
  ];
  for (const text of unread) {
    it(`does not guess at: ${text}`, () => {
      const entry = entryOf(text);
      assert.equal(entry.selector, undefined);
      assert.deepEqual(readableEntries({ ...policyOf('version: 1\nentries: []\n'), entries: [entry] }), []);
    });
  }
});
