import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import type { PlutoStatus } from '../../../src/plan/pluto-status.ts';
import { parsePlutoStatus } from '../../../src/plan/pluto-status.ts';
import { latin1At } from '../../support/expected.ts';
import { textOf, wordsOf } from '../../support/parsed.ts';
import { anyStyle, anyTable, printStatus, rowsOf, rowText } from '../../support/status.ts';

const FOLDER = 'fixtures/status';

function read(text: string): PlutoStatus {
  return parsePlutoStatus({ name: 'status', text });
}

function readFixture(name: string): PlutoStatus {
  return read(latin1At(`${FOLDER}/${name}.txt`) ?? '');
}

function rows(...lines: readonly string[]): string[] {
  return rowsOf(read(lines.join('\n'))).map(rowText);
}

/** What each fixture says: the stack, and a row for each conn. */
const FIXTURES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'openswan-2.6.32-ike-only': ['mast', 'mill down'],
  'openswan-2.6.38-mast': [
    'mast',
    'bakery #2 ref 3 refhim 1',
    'dentist #5 ref 7 refhim 5',
    'florist down',
    'l2tp #7 ref 10 refhim 9',
  ],
  'openswan-3.0.0-rekey': [
    'mast',
    'harbour #14 ref 11 refhim 9',
    'island #12 ref 7 refhim 5',
    'jetty #21 ref 32766 refhim 32767',
  ],
  'libreswan-3.1-netkey': ['netkey', 'weather #2'],
  'libreswan-3.9-klips': ['klips', 'quarry #2 ref 3 refhim 1'],
  'libreswan-3.20-oe': [
    'netkey',
    'block down',
    'packetdefault down',
    'packetdefault[1] 198.51.100.23 #2',
    'private-or-clear#203.0.113.0/24 down',
    'private-or-clear#203.0.113.0/24[3] 203.0.113.9 #6',
  ],
  'libreswan-3.27-instances': [
    'mast',
    'depot/0x1 #2 ref 3 refhim 1',
    'depot/0x2 #3 ref 7 refhim 5',
    'road down',
    'road[1] 198.51.100.7 #9 ref 18 refhim 9',
    'road[2] 198.51.100.8:4500 #7 ref 15 refhim 13',
  ],
  'libreswan-4.12-xfrm': ['xfrm', 'branch #9'],
  'libreswan-5.3-xfrm': [
    'xfrm',
    'labeled down',
    'labeled[1] down',
    'labeled[1.1] 198.51.100.71 #2',
    'office down',
  ],
};

const CONN = '000 "a": 192.0.2.1...198.51.100.7; erouted; eroute owner: #2';
const SA = '000 #2: "a" esp.1f@198.51.100.7 esp.2e@192.0.2.1 tun.1001@198.51.100.7 tun.1002@192.0.2.1';

function first(serial: number, flags = ''): string {
  return `000 #${String(serial)}: "a":500 STATE_QUICK_R2 (IPsec SA established); EVENT_SA_REPLACE in 9s${flags}; isakmp#1; idle`;
}

function second(serial: number, refs = ''): string {
  return `${SA.replace('#2', `#${String(serial)}`)}${refs}`;
}

describe('a status that pluto printed', () => {
  it('has an expectation here for each file of the fixtures', () => {
    const names = readdirSync(FOLDER).map((file) => file.replace('.txt', ''));
    assert.deepEqual(names.sort(), [...Object.keys(FIXTURES), 'not-running'].sort());
  });

  for (const [name, [stack, ...expected]] of Object.entries(FIXTURES)) {
    it(`is read as it stands in ${name}`, () => {
      const status = readFixture(name);
      assert.deepEqual(status.diagnostics, []);
      assert.equal(status.kernelInterface, stack);
      assert.deepEqual(rowsOf(status).map(rowText), expected);
    });
  }

  it('says where each of its words stands, with carriage returns and without', () => {
    const text = latin1At(`${FOLDER}/libreswan-3.27-instances.txt`) ?? '';
    for (const status of [read(text), read(text.replaceAll('\n', '\r\n'))]) {
      for (const { conn, state, ref, refhim } of status.conns) {
        for (const word of [conn, state, ref, refhim]) {
          if (word !== undefined) assert.equal(textOf(word.span), String(word.value));
        }
      }
    }
    const [, , , anna] = read(text).conns;
    assert.ok(anna?.refhim);
    const { start } = anna.refhim.span;
    assert.equal(text.slice(start - 15, start), ' ref=18 refhim=');
  });
});

describe('a conn', () => {
  it('is down without an established IPsec SA', () => {
    assert.deepEqual(rows(CONN), ['a down']);
    assert.deepEqual(rows(CONN, first(2), '000 #2: "a" ref=3 refhim=1 Traffic: '), ['a down']);
  });

  it('is there once, however many lines name it', () => {
    assert.deepEqual(rows(CONN, CONN, '000 "a":   policy: PSK...;', second(2, ' ref=3 refhim=1'), CONN), [
      'a #2 ref 3 refhim 1',
    ]);
  });

  it('is there by its SA alone, as in a status that went through grep', () => {
    assert.deepEqual(rows(second(2, ' ref=3 refhim=1')), ['a #2 ref 3 refhim 1']);
  });

  const rekeys = [
    ['the newest state', '', '; newest IPSEC', 3],
    ['the newest state, as Libreswan 4 marks it', '', '; newest', 3],
    ['the newest state before the owner of the eroute', '; eroute owner', '; newest IPSEC', 3],
    ['the owner of the eroute', '', '; eroute owner', 3],
    ['the highest number where nothing is marked', '', '', 4],
    ['the highest number where both are marked', '; newest IPSEC', '; newest IPSEC', 4],
    ['no number because of what is marked of IKE', '', '; newest ISAKMP', 4],
  ] as const;
  for (const [what, flagsOf4, flagsOf3, winner] of rekeys) {
    it(`with two SAs goes by ${what}, in whatever order`, () => {
      const old = [first(3, flagsOf3), second(3, ' ref=3 refhim=3')];
      const young = [first(4, flagsOf4), second(4, ' ref=4 refhim=4')];
      const expected = [`a #${String(winner)} ref ${String(winner)} refhim ${String(winner)}`];
      assert.deepEqual(rows(CONN, ...old, ...young), expected);
      assert.deepEqual(rows(...young, ...old, CONN), expected);
    });
  }
});

describe('the SArefs of an SA', () => {
  const cases = [
    [' ref=3 refhim=1', 'a #2 ref 3 refhim 1'],
    [' ref=3 ref_peer=1', 'a #2 ref 3 refhim 1'],
    [' ref=0 refhim=0', 'a #2'],
    [' ref=0 refhim=4294901761', 'a #2'],
    [' ref=4294901761 refhim=5', 'a #2 refhim 5'],
    [' ref=3 refhim=0', 'a #2 ref 3'],
    [' ref=32768 refhim=4294901760', 'a #2 ref 32768 refhim 4294901760'],
    [' ref=3 refhim=1 ', 'a #2 ref 3 refhim 1'],
    ['', 'a #2'],
    [' Traffic: ESPin=0B ESPout=0B! ESPmax=0B username=eve ref=3 refhim=1', 'a #2'],
    [' ref=3', 'a #2'],
    [' ref=3 refhim=', 'a #2'],
    [' ref=3 refhim=1x', 'a #2'],
    [' ref=-3 refhim=0x12', 'a #2'],
  ] as const;
  for (const [refs, expected] of cases) {
    it(`are ${expected.slice(5) || 'none'} where it says:${refs || ' nothing'}`, () => {
      assert.deepEqual(rows(second(2, refs)), [expected]);
    });
  }

  const words = [
    'ah.1@198.51.100.7 ah.2@192.0.2.1',
    'comp.1@198.51.100.7 comp.2@192.0.2.1',
    'tun.1001@198.51.100.7 tun.1002@192.0.2.1',
    'esp:1@2001:db8::7 esp:2@2001:db8::1',
    'esp.ESPSPIi@198.51.100.7',
  ];
  for (const sas of words) {
    it(`stand behind ${sas}`, () => {
      assert.deepEqual(rows(`000 #2: "a" ${sas} ref=3 refhim=1`), ['a #2 ref 3 refhim 1']);
      assert.deepEqual(rows(`#2: "a" used 77s ago; ${sas} ref=3 refhim=1`), ['a #2 ref 3 refhim 1']);
    });
  }
});

describe('the name of a conn', () => {
  const names = [
    'two words',
    'a"b',
    'a""',
    'private-or-clear#203.0.113.0/24',
    'site/1x2',
    'x esp.1@2 ref=7 refhim=7',
    'a: b',
    '[2]',
    '; newest IPSEC; eroute owner;',
    'caf\u00e9',
    "it's\\",
    '',
  ];
  for (const name of names) {
    it(`may be ${JSON.stringify(name)}`, () => {
      const text = [CONN, second(2, ' ref=3 refhim=1'), first(4), second(4, ' ref=5 refhim=6'), first(2)];
      const renamed = text.map((line) => line.replace('"a"', () => `"${name}"`));
      assert.deepEqual(rows(...renamed), [`${name} #4 ref 5 refhim 6`]);
    });
  }

  it('cannot be made up by a peer that chooses the name of its user', () => {
    const eve = '000 #2: "a"[1] 198.51.100.7 ref=0 refhim=0 Traffic: username=x" esp.1@2 ref=7 refhim=7';
    assert.deepEqual(rows(CONN, eve), ['a down']);
  });

  it('is not what stands in quotes elsewhere', () => {
    const others = [
      '002 "b": deleting connection',
      '004 "b" #2: STATE_QUICK_I2: sent QI2, IPsec SA established {ESP=>0xae <0x76 ref=2 refhim=1}',
      '006 #2: "b", type=ESP, add_time=1, inBytes=0, outBytes=0',
      '000 #2: pending Phase 2 for "b" replacing #0',
      '000 #2: "b',
      '#2: "b',
      '"b": added IKEv1 connection',
      '"b": "192.0.2.1...198.51.100.7",',
    ];
    assert.deepEqual(rows(CONN, ...others), ['a down']);
  });
});

describe('a peer', () => {
  const peers = [
    ['[1] 198.51.100.7', 'a[1] 198.51.100.7 #2'],
    ['[12] 198.51.100.7:4500', 'a[12] 198.51.100.7:4500 #2'],
    ['[1] 2001:db8::7', 'a[1] 2001:db8::7 #2'],
    [' 198.51.100.7', 'a 198.51.100.7 #2'],
    ['[1] ...198.51.100.7', 'a[1] 198.51.100.7 #2'],
    ['[1] ...198.51.100.7===203.0.113.0/28', 'a[1] 198.51.100.7 #2'],
    ['[1] 192.0.2.0/28=== ...198.51.100.7', 'a[1] 198.51.100.7 #2'],
    ['[1] 192.0.2.0/28=== ...198.51.100.7===?', 'a[1] 198.51.100.7 #2'],
    ['[1][3] 198.51.100.7', 'a[1.3] 198.51.100.7 #2'],
    ['[1]', 'a[1] #2'],
  ] as const;
  for (const [printed, expected] of peers) {
    it(`is known from "a"${printed}`, () => {
      assert.deepEqual(rows(SA.replace('"a"', `"a"${printed}`)), [expected]);
    });
  }

  it('leaves the instances of one template apart', () => {
    const instance = (serial: number): string =>
      second(serial, ` ref=${String(serial)} refhim=1`).replace('"a"', `"a"[${String(serial)}] 198.51.100.7`);
    assert.deepEqual(rows(CONN, instance(2), instance(3)), [
      'a down',
      'a[2] 198.51.100.7 #2 ref 2 refhim 1',
      'a[3] 198.51.100.7 #3 ref 3 refhim 1',
    ]);
  });
});

describe('what is no status', () => {
  const texts = [
    ['', ': not a line of a status'],
    ['\n \r\n', ': not a line of a status'],
    ['<html>\n<p>000</p>', '<html>: not a line of a status'],
    ['\n  ipsec: unknown command\r\nmore', 'ipsec: unknown command: not a line of a status'],
    ['021 no connection named "a"\n', '021 no connection named "a": not a line of a status'],
    [`000 ${'x'.repeat(0x10000)}`, `000 ${'x'.repeat(0x10000)}: not a line of a status`],
  ] as const;
  for (const [text, words] of texts) {
    it(`is refused: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const { conns, kernelInterface, diagnostics } = read(text);
      assert.deepEqual([conns, kernelInterface], [[], undefined]);
      assert.deepEqual(diagnostics.map(wordsOf), [`SM2101 ${words}`]);
      assert.match(diagnostics[0]?.help ?? '', /\nipsec auto --status$/);
    });
  }

  it('is what whack says when pluto does not run', () => {
    const { conns, diagnostics } = readFixture('not-running');
    assert.deepEqual(conns, []);
    assert.deepEqual(diagnostics.map(wordsOf), [
      'SM2101 whack: Pluto is not running (no "/var/run/pluto/pluto.ctl"): pluto does not run',
    ]);
    assert.match(diagnostics[0]?.help ?? '', /^start it:\nipsec setup start$/);
  });

  it('is not a status without conns', () => {
    for (const text of ['using kernel interface: mast\n', '000 interface mast0/eth0 192.0.2.1\n', '000  ']) {
      assert.deepEqual([read(text).conns, read(text).diagnostics], [[], []]);
    }
  });
});

describe('parsePlutoStatus', () => {
  it('reads back every table that is printed as a status', () => {
    fc.assert(
      fc.property(anyTable, anyStyle, (table, style) => {
        const status = read(printStatus(table, style));
        assert.deepEqual(status.diagnostics, []);
        assert.equal(status.kernelInterface, 'mast');
        assert.deepEqual(rowsOf(status), table);
      }),
      { numRuns: 500 },
    );
  });

  it('takes every text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 10 }),
      fc.constantFrom(
        '000 ',
        '#1: ',
        '"',
        '"a"',
        '[1]',
        ': ',
        '...',
        ' esp.1@2',
        ' ref=1',
        ' refhim=2',
        '\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        for (const { conn } of read(text).conns) assert.ok(text.includes(`"${conn.value}"`));
      }),
      { numRuns: 2000 },
    );
  });

  const patterns = [
    'x ',
    '"',
    '[1]',
    '"[1]',
    ' esp.1@2',
    ' ...',
    '=',
    ' ',
    '\r',
    '\n',
    ': ',
    '1',
    '; newest',
  ];
  for (const pattern of patterns) {
    it(`takes time in proportion to a text of ${JSON.stringify(pattern)}`, () => {
      // a line as long as lines may be; anything quadratic would take minutes
      const starts = ['', '000 #1: "a"', '000 #1: "a', '000 "a": ', '000 #1: "a" esp.1@2 ref='];
      const lines = starts.map((start) => (start + pattern.repeat(0x10000)).slice(0, 0xffff));
      const began = process.hrtime.bigint();
      for (const line of [...lines, pattern.repeat(0x20000)]) read(`${line}\n${line}`);
      assert.ok(process.hrtime.bigint() - began < 2_000_000_000n);
    });
  }
});
