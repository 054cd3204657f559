import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { readYaml } from '../../../src/policy/yaml.ts';
import { checkShape } from '../../../src/policy/shape.ts';

function mistakesIn(text: string): Diagnostic[] {
  const { document } = readYaml({ name: 'policy.yaml', text });
  assert.ok(document);
  const diagnostics = checkShape(document, 'policy');
  assert.ok(diagnostics.every(({ code, labels }) => code === 'SM1002' && labels.length === 1));
  return diagnostics;
}

/** `underlined: label (help)`, one for each mistake. */
function wordsOf(text: string): string[] {
  return mistakesIn(text).map(({ labels: [label], help }) => {
    const underlined = label?.span.source.text.slice(label.span.start, label.span.end);
    return `${String(underlined)}: ${String(label?.text)}${help === undefined ? '' : ` (${help})`}`;
  });
}

const TOP_KEYS =
  'the keys here are version, dataplane, layout, tracking, replies, mast, sarefs, networks, protect, defaults, entries';

/** A policy with one entry of this shape. */
function withEntry(entry: string): string {
  return `version: 1\nsarefs: {}\nentries: [${entry}]\n`;
}

function withMast(mast: string): string {
  return `version: 1\nmast: ${mast}\nsarefs: {}\nentries: []\n`;
}

function withSarefs(sarefs: string): string {
  return `version: 1\nsarefs: ${sarefs}\nentries: []\n`;
}

describe('checkShape', () => {
  it('knows a map of SArefs by itself', () => {
    const { document } = readYaml({ name: 'sarefs.yaml', text: 'a: 1\nb: down\nc: up\n' });
    assert.ok(document);
    const labels = checkShape(document, 'saref map').flatMap((diagnostic) => diagnostic.labels);
    assert.deepEqual(
      labels.map(({ text }) => text),
      ['must be a SAref, { refhim, ref }, or down'],
    );
  });

  it('has nothing to say about a policy of every key', () => {
    const text = `version: 1
dataplane: mast
tracking: flow
mast: { interface: mast0, table: 50, ike-ports: [1, 65535] }
sarefs: { a: 1, b: down, c: { refhim: 3 }, d: { refhim: 4, ref: 5 } }
networks: { branch: [10.9.1.0/24, 10.9.4.0/24], lab: 172.20.0.0/16 }
defaults: { src: branch, dst: [lab, 10.9.7.0/24], in: eth1, down: skip }
entries:
  - { conn: a, saref: 18, src: [branch, 10.9.9.9], proto: udp, sport: 7, dport: [1701, 1000-1999], in: eth1 }
  - { conn: a, saref: { refhim: 18, ref: 6 }, dst: lab, proto: 17, description: shop floor, contact: noc@example.org }
  - { conn: a, src: 10.9.1.0/24 }
  - { conn: b, dst: 10.9.1.0/24, down: skip }
  - { conn: c, src: 10.9.1.0/24, dst: 10.9.2.0/24, down: block }
`;
    assert.deepEqual(mistakesIn(text), []);
  });

  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['a policy that is no map', 'hello', [`hello: must be a map (${TOP_KEYS})`]],
    ['a policy that is a list', '[]', [`[]: must be a map (${TOP_KEYS})`]],
    ['a policy without its keys', '{}', ['version', 'entries'].map((key) => `{}: the policy lacks ${key}:`)],
    [
      'a key that is far from all others',
      withMast('{ colour: 1 }'),
      ['colour: is not a key of the language here (the keys here are interface, table, ike-ports)'],
    ],
    [
      'a misspelt key, and not what it was meant to be',
      withEntry('{ con: a, dst: 10.9.1.1 }'),
      ['con: is not a key of the language here (did you mean conn?)'],
    ],
    [
      'a merge key of YAML 1.1',
      'version: 1\nentries: [&base { conn: a, dst: 10.9.1.1 }, { <<: *base, conn: b }]\n',
      [
        '<<: is not a key of the language here (YAML 1.2 has no merge keys: write out what is to be the same, or put it under defaults)',
      ],
    ],
    [
      'a misspelt src',
      withEntry('{ conn: a, scr: 10.9.1.1 }'),
      ['scr: is not a key of the language here (did you mean src?)'],
    ],
    [
      'a misspelt key beside another one that is missing',
      withEntry('{ dwn: skip, dst: 10.9.1.1 }'),
      [
        '{ dwn: skip, dst: 10.9.1.1 }: lacks conn:',
        'dwn: is not a key of the language here (did you mean down?)',
      ],
    ],
    [
      'a misspelt key in another map than the missing one',
      'version: 1\nsarefs: {}\nentries: [{ dst: 10.9.1.1 }, { con: a, conn: a, dst: 10.9.1.2 }]\n',
      ['{ dst: 10.9.1.1 }: lacks conn:', 'con: is not a key of the language here (did you mean conn?)'],
    ],
    [
      'an entry that is no map',
      withEntry('a'),
      [
        'a: must be a map (the keys here are conn, saref, src, dst, alias, proto, sport, dport, in, dscp, user, group, cgroup, socket, over, down, description, contact)',
      ],
    ],
    [
      'a network that YAML reads as a number',
      withEntry('{ conn: a, dst: 10.5 }'),
      ['10.5: must be a network like 192.168.0.0/24, a name, or a list of them'],
    ],
    [
      'a conn that YAML reads as a number',
      withEntry('{ conn: 5, dst: 10.9.1.1 }'),
      ['5: must be a string (YAML reads this as a value of its own: put it in quotes)'],
    ],
    [
      'a conn that YAML reads as true',
      withEntry('{ conn: true, dst: 10.9.1.1 }'),
      ['true: must be a string (YAML reads this as a value of its own: put it in quotes)'],
    ],
    [
      'a conn that YAML reads as nothing',
      withEntry('{ conn: ~, dst: 10.9.1.1 }'),
      ['~: must be a string (YAML reads this as a value of its own: put it in quotes)'],
    ],
    [
      'a conn that is a list, which quotes do not help',
      withEntry('{ conn: [a], dst: 10.9.1.1 }'),
      ['[a]: must be a string'],
    ],
    [
      'a conn with a blank',
      withEntry('{ conn: a b, dst: 10.9.1.1 }'),
      ['a b: must be the name of a conn as in ipsec.conf, without blanks and control characters'],
    ],
    [
      'a conn without a letter',
      withEntry('{ conn: "", dst: 10.9.1.1 }'),
      ['"": must be the name of a conn as in ipsec.conf, without blanks and control characters'],
    ],
    [
      'a conn with a control character',
      withEntry('{ conn: "a\\x7f", dst: 10.9.1.1 }'),
      ['"a\\x7f": must be the name of a conn as in ipsec.conf, without blanks and control characters'],
    ],
    [
      'another word for what is done while a conn is down',
      withEntry('{ conn: a, dst: 10.9.1.1, down: drop }'),
      ['drop: must be block or skip'],
    ],
    [
      'sarefs that are a list',
      withSarefs('[a]'),
      ["[a]: must be pluto (what ipsec auto --status says at the time), or a map of each conn's SArefs"],
    ],
    [
      'another word for sarefs',
      withSarefs('plato'),
      ["plato: must be pluto (what ipsec auto --status says at the time), or a map of each conn's SArefs"],
    ],
    [
      'a conn in sarefs with a blank',
      withSarefs('{ a b: 1 }'),
      ['a b: must be the name of a conn as in ipsec.conf, without blanks and control characters'],
    ],
    [
      'a conn in sarefs without a name',
      withSarefs('{ "": 1 }'),
      ['"": must be the name of a conn as in ipsec.conf, without blanks and control characters'],
    ],
    ['a saref of another word', withSarefs('{ a: up }'), ['up: must be a SAref, { refhim, ref }, or down']],
    ['a saref with a fraction', withSarefs('{ a: 1.5 }'), ['1.5: must be a SAref, { refhim, ref }, or down']],
    ['a saref that is nothing', withSarefs('{ a: ~ }'), ['~: must be a SAref, { refhim, ref }, or down']],
    [
      'a saref in quotes',
      withSarefs("{ a: '18' }"),
      [
        "'18': must be a SAref, { refhim, ref }, or down (YAML reads a number in quotes as text: take the quotes away)",
      ],
    ],
    [
      'a refhim in quotes',
      withSarefs("{ a: { refhim: '18' } }"),
      ["'18': must be a whole number (YAML reads a number in quotes as text: take the quotes away)"],
    ],
    ['a saref without refhim', withSarefs('{ a: { ref: 3 } }'), ['{ ref: 3 }: lacks refhim:']],
    [
      'a mistake of a conn with a slash and a tilde',
      withSarefs('{ a/b~c: up }'),
      ['up: must be a SAref, { refhim, ref }, or down'],
    ],
    ['another version', 'version: 2\nsarefs: {}\nentries: []\n', ['2: must be 1']],
    [
      'a version in quotes',
      "version: '1'\nsarefs: {}\nentries: []\n",
      ["'1': must be 1 (YAML reads a number in quotes as text: take the quotes away)"],
    ],
    ['another dataplane', 'version: 1\ndataplane: klips\nsarefs: {}\nentries: []\n', ['klips: must be mast']],
    [
      'another tracking',
      'version: 1\ntracking: conntrack\nentries: []\n',
      ['conntrack: must be flow or packet'],
    ],
    [
      'a name of a network with a dot',
      'version: 1\nnetworks: { a.b: 10.9.1.1 }\nentries: []\n',
      ['a.b: must be a name that begins with a letter, of letters, digits, _ and -'],
    ],
    [
      'an empty list of networks',
      withEntry('{ conn: a, dst: [] }'),
      ['[]: must be a network like 192.168.0.0/24, a name, or a list of them'],
    ],
    [
      'a number among networks',
      withEntry('{ conn: a, dst: [10.9.1.1, 10.5] }'),
      ['10.5: must be a string (YAML reads this as a value of its own: put it in quotes)'],
    ],
    [
      'ports that are a map',
      withEntry('{ conn: a, dport: {} }'),
      ['{}: must be a port, a range like 1000-1999, or a list of them'],
    ],
    ['a list of interfaces', withEntry('{ conn: a, in: [eth1] }'), ['[eth1]: must be a string']],
    [
      'a pattern of interfaces',
      withEntry('{ conn: a, in: ppp+ }'),
      ['ppp+: must be the name of a network device: at most 15 letters, digits and _ . -'],
    ],
    [
      'a default that is none',
      'version: 1\ndefaults: { proto: tcp }\nentries: []\n',
      ['proto: is not a key of the language here (the keys here are src, dst, in, down)'],
    ],
    [
      'an entry that is down by its saref',
      withEntry('{ conn: a, saref: down }'),
      ['down: must be a SAref, or { refhim, ref }: over what the table says of the conn'],
    ],
    [
      'a mast that is no map',
      withMast('mast0'),
      ['mast0: must be a map (the keys here are interface, table, ike-ports)'],
    ],
    [
      'an interface of 16 letters',
      withMast('{ interface: abcdefghijklmnop }'),
      ['abcdefghijklmnop: must be the name of a network device: at most 15 letters, digits and _ . -'],
    ],
    [
      'an interface that is no file name',
      withMast('{ interface: .. }'),
      ['..: must be the name of a network device: at most 15 letters, digits and _ . -'],
    ],
    [
      'an interface that is a pattern of iptables',
      withMast('{ interface: mast+ }'),
      ['mast+: must be the name of a network device: at most 15 letters, digits and _ . -'],
    ],
    ['table 0', withMast('{ table: 0 }'), ['0: must be at least 1']],
    ['a table of 33 bits', withMast('{ table: 4294967296 }'), ['4294967296: must be at most 4294967295']],
    ...[253, 254, 255].map(
      (table) =>
        [
          `table ${String(table)}`,
          withMast(`{ table: ${String(table)} }`),
          [`${String(table)}: must be a routing table for marked packets alone: 253 to 255 are the kernel's`],
        ] as const,
    ),
    ['ports that are no list', withMast('{ ike-ports: 500 }'), ['500: must be a list']],
    [
      'ports out of range',
      withMast('{ ike-ports: [0, 65536] }'),
      ['0: must be at least 1', '65536: must be at most 65535'],
    ],
  ];
  for (const [title, text, words] of cases) {
    it(`refuses ${title}`, () => {
      assert.deepEqual(wordsOf(text), words);
    });
  }
});
