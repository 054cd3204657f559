import assert from 'node:assert/strict';
import { checkLogin, checkVicinity, answerTo, parseLogin } from '../../../src/verify/way-in.ts';
import type { Login } from '../../../src/verify/way-in.ts';
import { parseWays } from '../../../src/verify/ways.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { compiledOf } from '../../support/compiled.ts';
import { ownAddresses } from '../../support/live.ts';
import { wordsOf } from '../../support/parsed.ts';

const own = ownAddresses(['10.9.1.1', '192.0.2.2']);

function planOf(entries: string, more = ''): ReturnType<typeof compiledOf>['plan'] {
  const sarefs = 'sarefs: { lab: 18, office: 22, home: down }';
  return compiledOf(`version: 1\n${sarefs}\n${more}\nentries: [${entries}]\n`).plan;
}

function loginOf(text: string): Login {
  const login = parseLogin(text);
  assert.ok(login);
  return login;
}

const wordsOfAll = (diagnostics: readonly Diagnostic[]): string[] => diagnostics.map(wordsOf);

describe('parseLogin', () => {
  it('reads what sshd says', () => {
    assert.deepEqual(parseLogin('198.51.100.7 50000 10.9.1.1 22'), {
      ...{ client: 0xc6336407, clientPort: 50_000 },
      ...{ server: 0x0a090101, serverPort: 22 },
    });
  });

  for (const text of [
    '',
    '2001:db8::7 50000 2001:db8::1 22',
    '198.51.100.7 50000 10.9.1.1',
    '198.51.100.7 70000 10.9.1.1 22',
    '198.51.100.7 50000 10.9.1.1 22 23',
  ]) {
    it(`takes nothing else for a login: '${text}'`, () => {
      assert.equal(parseLogin(text), undefined);
    });
  }
});

describe('checkLogin', () => {
  const login = loginOf('198.51.100.7 50000 10.9.1.1 22');
  const told = (entries: string, more?: string, ctmark?: number): Diagnostic[] =>
    checkLogin(planOf(entries, more), answerTo(login, own, ctmark));

  it('names the entry that takes the answers, the packet, and what to do', () => {
    const [diagnostic, ...others] = told(
      '{ conn: office, dst: 10.0.0.0/8 }, { conn: lab, dst: 198.51.100.0/24 }',
    );
    assert.ok(diagnostic);
    assert.deepEqual(others, []);
    assert.equal(wordsOf(diagnostic), 'SM1530 lab: takes them: they go by lab');
    assert.match(
      String(diagnostic.detail),
      /from 198\.51\.100\.7,.*\ntcp 10\.9\.1\.1:22 -> 198\.51\.100\.7:50000\n/,
    );
    assert.match(String(diagnostic.help), /\nsaref-mark apply POLICY\.yaml --confirm 60s$/);
  });

  it('says where nothing comes of them', () => {
    assert.match(
      wordsOfAll(told('{ conn: home, dst: 198.51.100.0/24 }'))[0] ?? '',
      /: home is down, and mast drops them$/,
    );
    assert.match(
      wordsOfAll(told('{ socket: saref, proto: tcp }'))[0] ?? '',
      /: without a SAref of the socket mast drops them$/,
    );
    assert.deepEqual(wordsOfAll(told('', 'protect: 198.51.100.0/24')), [
      'SM1530 198.51.100.0/24: drops them: they do not leave by mast',
    ]);
  });

  for (const [entry, more] of [
    ['{ conn: lab, dst: 198.51.100.7, in: eth1 }'],
    ['{ conn: lab, dst: 198.51.100.7, proto: udp }'],
    ['{ conn: lab, dst: 198.51.100.7, dport: 50001, proto: tcp }'],
    ['{ conn: lab, dst: 198.51.100.7, user: 1000 }'],
    ['{ conn: home, dst: 198.51.100.7, down: skip }'],
    ['', 'protect: { networks: 198.51.100.0/24, except: 198.51.100.7 }'],
  ] as const) {
    it(`says nothing of ${entry} ${more ?? ''}`, () => {
      assert.deepEqual(told(entry, more), []);
    });
  }

  it('takes sshd for root', () => {
    assert.equal(told('{ conn: lab, dst: 198.51.100.7, user: 0 }').length, 1);
  });

  it('says nothing of a flow that is decided already', () => {
    assert.deepEqual(told('{ conn: lab, dst: 198.51.100.0/24 }', '', 0x8012_0000), []);
    assert.deepEqual(told('', 'protect: 198.51.100.0/24', 0x8012_0000), []);
  });

  it('says nothing of a login from this host itself', () => {
    const plan = planOf('{ conn: lab, dst: 0.0.0.0/0 }');
    for (const client of ['127.0.0.1', '192.0.2.2'])
      assert.deepEqual(checkLogin(plan, answerTo(loginOf(`${client} 50000 10.9.1.1 22`), own)), []);
  });
});

describe('checkVicinity', () => {
  const networks = parseWays(
    '10.9.1.0/24 dev eth1 src 10.9.1.1 \n192.0.2.0/24 src 192.0.2.2 \n10.20.0.0/16 dev mast0 src 10.9.1.1 \n',
  );
  const told = (entries: string, ports = [22]): Diagnostic[] =>
    checkVicinity(planOf(entries), { own, networks, ports });

  it('names the entry and a packet to a neighbour that it takes', () => {
    const [diagnostic, ...others] = told('{ conn: lab, dst: 10.9.1.128/25 }');
    assert.ok(diagnostic);
    assert.deepEqual(others, []);
    assert.match(
      wordsOf(diagnostic),
      /^SM1531 lab: takes tcp 10\.9\.1\.1:22 -> 10\.9\.1\.129:1024: they go by lab$/,
    );
    assert.match(String(diagnostic.detail), /^10\.9\.1\.0\/24 is next to this host, on eth1\./);
  });

  it('says it of each network, with the first few entries', () => {
    const all = [1, 2, 3, 4].map((at) => `{ conn: lab, dst: ${String(at * 64 - 64)}.0.0.0/2 }`);
    const found = told(
      `{ conn: office, dst: [10.9.1.2, 10.9.1.3] }, { conn: office, dst: 10.9.1.4 }, ${all.join(', ')}`,
    );
    assert.deepEqual(
      found.map(({ labels }) => labels.length),
      [3, 1],
    );
    assert.match(String(found[1]?.detail), /on several devices/);
  });

  it('knows the port of a login', () => {
    assert.equal(told('{ conn: lab, dst: 10.9.1.0/24, proto: tcp, sport: 2222 }').length, 0);
    assert.equal(told('{ conn: lab, dst: 10.9.1.0/24, proto: tcp, sport: 2222 }', [2222, 22]).length, 1);
  });

  for (const entry of [
    '{ conn: lab, dst: 192.168.0.0/24 }',
    '{ conn: lab, src: 10.9.1.128/25, dst: 10.9.1.0/24 }',
    '{ conn: lab, dst: 10.9.1.0/24, in: eth1 }',
    '{ conn: lab, dst: 10.9.1.1 }',
    '{ conn: lab, dst: 10.20.0.0/16 }',
    '{ conn: lab, dst: 10.9.1.0/24, proto: tcp, dport: 80 }',
    '{ conn: lab, dst: 10.9.1.0/24, cgroup: backup }',
  ]) {
    it(`says nothing of ${entry}`, () => {
      assert.deepEqual(told(entry), []);
    });
  }
});
