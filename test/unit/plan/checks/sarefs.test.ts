import assert from 'node:assert/strict';
import { checkSeveralInstances } from '../../../../src/plan/checks/several-instances.ts';
import { checkSharedSaref } from '../../../../src/plan/checks/shared-saref.ts';
import { checkStatus } from '../../../../src/plan/checks/status.ts';
import { checkUnknownConn } from '../../../../src/plan/checks/unknown-conn.ts';
import { checkSarefTable } from '../../../../src/plan/check.ts';
import { parsePlutoStatus } from '../../../../src/plan/pluto-status.ts';
import { finderIn, tableOfStatus } from '../../../../src/plan/saref-table.ts';
import { policyOf, tableOf, wordsOf } from '../../../support/parsed.ts';

/** A conn that is up, as the two lines that pluto prints of its state. */
function up(
  serial: number,
  conn: string,
  refs = `ref=${String(serial + 100)} refhim=${String(serial)}`,
): string {
  const state = `000 #${String(serial)}: ${conn}`;
  return `${state}:500 STATE_QUICK_R2 (IPsec SA established); newest IPSEC; eroute owner\n${state} esp.1@192.0.2.1 esp.2@192.0.2.2 ${refs}\n`;
}

const STATUS = parsePlutoStatus({
  name: 'status.txt',
  text: `000 using kernel interface: mast
000 "road": 192.0.2.0/24===192.0.2.1...%any; unrouted; eroute owner: #0
000 "idle": 192.0.2.0/24===192.0.2.1...192.0.2.9; unrouted; eroute owner: #0
${up(5, '"site"')}${up(7, '"road"[1] 192.0.2.7')}${up(8, '"road"[2] 192.0.2.8')}`,
});

const TABLE = tableOfStatus(STATUS);

function policy(...conns: readonly string[]): ReturnType<typeof policyOf> {
  const entries = conns.map((conn, index) => `{ conn: "${conn}", dst: 10.9.1.${String(index)} }`);
  return policyOf(`version: 1\nsarefs: pluto\nentries: [${entries.join(', ')}]\n`);
}

describe('a table of what pluto lists', () => {
  it('has each conn and each instance by its name', () => {
    assert.deepEqual(
      TABLE.lines.map(({ conn, refhim, ref }) => [conn.value, refhim?.value, ref?.value]),
      [
        ['road', undefined, undefined],
        ['idle', undefined, undefined],
        ['site', 5, 105],
        ['road[1]', 7, 107],
        ['road[2]', 8, 108],
      ],
    );
  });

  it('finds what is live under a name', () => {
    const names = (conn: string): readonly string[] =>
      finderIn(TABLE)(conn).live.map((line) => line.conn.value);
    assert.deepEqual(names('site'), ['site']);
    assert.deepEqual(names('road'), ['road[1]', 'road[2]']);
    assert.deepEqual(names('road[2]'), ['road[2]']);
    assert.deepEqual(names('idle'), []);
    assert.deepEqual([finderIn(TABLE)('idle').isKnown, finderIn(TABLE)('gone').isKnown], [true, false]);
  });
});

describe('checkSeveralInstances', () => {
  it('names the instances that an entry would have to choose among', () => {
    const [diagnostic, ...others] = checkSeveralInstances(policy('road', 'road[1]', 'site', 'idle'), TABLE);
    assert.ok(diagnostic);
    assert.deepEqual(others, []);
    assert.match(
      wordsOf(diagnostic),
      /^SM1306 .*road.*: has 2 live instances \/ road: is one of them \/ road: is one/,
    );
    assert.match(String(diagnostic.detail), /^Live instances of road: road\[1\], road\[2\]\./);
  });

  it('does not ask where the entry has a SAref of its own', () => {
    const own = policyOf('version: 1\nentries: [{ conn: road, saref: 9, dst: 10.9.1.1 }]\n');
    assert.deepEqual(checkSeveralInstances(own, TABLE), []);
  });
});

describe('checkUnknownConn', () => {
  it('warns of a conn that pluto does not list, with the one that is near', () => {
    const found = checkUnknownConn(policy('sit', 'site', 'road', 'idle', 'far-away-from-all'), TABLE);
    assert.deepEqual(
      found.map(({ code }) => code),
      ['SM1504', 'SM1504'],
    );
    assert.equal(found[0]?.help, 'did you mean site?');
    assert.match(String(found[1]?.help), /ipsec auto --status$/);
  });

  it('asks nothing of an entry with a SAref of its own', () => {
    const own = policyOf('version: 1\nsarefs: {}\nentries: [{ conn: any, saref: 9, dst: 10.9.1.1 }]\n');
    assert.deepEqual(checkUnknownConn(own, tableOf(own)), []);
  });
});

describe('checkSharedSaref', () => {
  const shared = (text: string): string[] => {
    const read = policyOf(`version: 1\n${text}\n`);
    return checkSharedSaref(read, tableOf(read)).map(wordsOf);
  };

  it('finds one refhim for two conns, in the map and in an entry', () => {
    assert.deepEqual(shared('sarefs: { a: 7, b: { refhim: 7 }, c: 8 }\nentries: []'), [
      'SM1203 7: is given to b / 7: and to a',
    ]);
    assert.deepEqual(shared('sarefs: { a: 7 }\nentries: [{ conn: b, saref: 7, dst: 10.9.1.1 }]'), [
      'SM1203 7: is given to b / 7: and to a',
    ]);
  });

  it('lets one conn have one refhim and one ref in several places', () => {
    assert.deepEqual(
      shared(
        'sarefs: { a: { refhim: 7, ref: 9 }, b: { refhim: 9, ref: 7 }, c: down }\nentries: [{ conn: a, saref: { refhim: 7, ref: 9 }, dst: 10.9.1.1 }]',
      ),
      [],
    );
  });
});

describe('checkStatus', () => {
  it('is silent about conns with SArefs and those that are down', () => {
    assert.deepEqual(checkStatus(STATUS), []);
  });

  it('tells of conns that are up without one, the first three and how many more', () => {
    const text = [1, 2, 3, 4, 5]
      .map((serial) => up(serial, `"c${String(serial)}"`, 'ref=0 refhim=4294901761'))
      .join('');
    const [diagnostic] = checkStatus(
      parsePlutoStatus({ name: 'status.txt', text: `000 using kernel interface: netkey\n${text}` }),
    );
    assert.equal(diagnostic?.labels.length, 3);
    assert.equal(
      diagnostic.detail,
      'Each of them counts as down. So do 2 more. The kernel interface is netkey.',
    );
    const [other] = checkStatus(
      parsePlutoStatus({ name: 'status.txt', text: up(1, '"c"', 'ref=0 refhim=0') }),
    );
    assert.equal(other?.detail, 'Each of them counts as down.');
  });
});

describe('checkSarefTable', () => {
  it('runs every check', () => {
    const codes = checkSarefTable(policy('road', 'gone', 'site'), {
      ...TABLE,
      lines: [
        ...TABLE.lines,
        ...TABLE.lines.slice(2, 3).map((line) => ({ ...line, conn: { ...line.conn, value: 'twin' } })),
      ],
    });
    assert.deepEqual([...new Set(codes.map(({ code }) => code))].sort(), ['SM1203', 'SM1306', 'SM1504']);
  });
});
