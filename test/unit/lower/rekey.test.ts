import assert from 'node:assert/strict';
import { hasMemory, liftRekey, withoutRekey, withRekey, withRekeyJumps } from '../../../src/lower/rekey.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const { host } = compiledOf('version: 1\ntracking: flow\nentries: []\n');
const TRANSLATIONS = [
  { conn: 'zürich', from: 0x80020000, to: 0 },
  { conn: 'a', from: 0x80010000, to: 0x800b0000 },
];
const JUMP = '-m connmark --mark 0x80000000/0x80000000 -j SAREF-REKEY';

describe('withRekey', () => {
  const { mangle } = withRekey(host, TRANSLATIONS).tables;
  const textsIn = (chain: string): string[] =>
    (mangle.chains.get(chain)?.rules ?? []).map(({ text }) => text);

  it('translates before the frame, in both hooks', () => {
    assert.deepEqual(textsIn('PREROUTING'), [JUMP, '-j IPSEC']);
    assert.deepEqual(textsIn('OUTPUT'), [JUMP, '-j IPSEC']);
  });

  it('leaves the half of others alone, and the memory to marked packets where they decide anew', () => {
    assert.deepEqual(textsIn('SAREF-REKEY'), [
      `-m mark --mark 0x0/0x80000000 -m connmark --mark 0x80020000/0xffff0000 -m comment --comment "${Buffer.from('zürich').toString('latin1')}" -j CONNMARK --set-xmark 0x0/0xffff0000`,
      '-m connmark --mark 0x80010000/0xffff0000 -m comment --comment a -j CONNMARK --set-xmark 0x800b0000/0xffff0000',
    ]);
  });

  it('is taken back as a whole, where it was and where it was not', () => {
    assert.deepEqual(withoutRekey(withRekey(host, TRANSLATIONS)), host);
    assert.deepEqual(withoutRekey(host), host);
  });

  it('asks for the direction where answers to what came in are another matter', () => {
    const both = [
      { conn: 'a', from: 0x80010000, to: 0x800b0000, of: 'opened' },
      { conn: 'a', from: 0x80010000, to: 0x80000000, of: 'answers' },
    ] as const;
    const table = withRekey(host, both).tables.mangle;
    assert.deepEqual(
      table.chains.get('SAREF-REKEY')?.rules.map(({ text }) => text),
      [
        '-m connmark --mark 0x80010000/0xffff0000 -m conntrack --ctdir ORIGINAL -m comment --comment a -j CONNMARK --set-xmark 0x800b0000/0xffff0000',
        '-m mark --mark 0x0/0x80000000 -m connmark --mark 0x80010000/0xffff0000 -m conntrack --ctdir REPLY -m comment --comment a -j CONNMARK --set-xmark 0x80000000/0xffff0000',
      ],
    );
    assert.deepEqual(liftRekey(table), both);
  });

  it('translates answers from client to client as well, behind the chain that knows them', () => {
    const { host: between } = compiledOf(
      'version: 1\nsarefs: { a: { refhim: 1, ref: 2 }, b: { refhim: 3, ref: 4 } }\nentries: [{ conn: b, dst: 10.2.0.0/16, in: mast0 }]\n',
    );
    const translations = [{ conn: 'a', from: 0x80010000, to: 0x800b0000, of: 'answers' }] as const;
    const table = withRekey(between, translations).tables.mangle;
    assert.deepEqual(
      table.chains.get('PREROUTING')?.rules.map(({ text }) => text),
      [
        '-i mast0 -m conntrack --ctdir ORIGINAL -j SAREF-IN',
        JUMP,
        '-i mast0 -j SAREF-ONWARD',
        `-m mark --mark 0x80000000/0xffff0000 ${JUMP}`,
        '-j IPSEC',
      ],
    );
    assert.deepEqual(
      table.chains.get('SAREF-REKEY')?.rules.map(({ text }) => text),
      ['0x0/0x80000000', '0x80000000/0xffff0000'].map(
        (mark) =>
          `-m mark --mark ${mark} -m connmark --mark 0x80010000/0xffff0000 -m conntrack --ctdir REPLY -m comment --comment a -j CONNMARK --set-xmark 0x800b0000/0xffff0000`,
      ),
    );
    assert.deepEqual(liftRekey(table), translations);
  });

  it('changes nothing where nothing is to be translated', () => {
    assert.equal(withRekey(host, []), host);
    assert.equal(withRekeyJumps(host).tables.mangle.chains.has('SAREF-REKEY'), false);
  });

  it('can be read back', () => {
    assert.deepEqual(liftRekey(mangle), TRANSLATIONS);
    assert.deepEqual(liftRekey(host.tables.mangle), []);
  });
});

describe('liftRekey', () => {
  it('passes over what is no translation', () => {
    const lines = [
      '-m connmark --mark 0x80010000/0xffff0000 -j CONNMARK --set-xmark 0x80020000/0xffff0000',
      '-j CONNMARK --set-xmark 0x80020000/0xffff0000',
      '-m connmark --mark 0x80010000/0xffff0000 -j CONNMARK --save-mark --nfmask 0xffff0000 --ctmask 0xffff0000',
      '-j RETURN',
      '-s some.name -j CONNMARK',
    ];
    const mangle = lines.map((line) => `-A SAREF-REKEY ${line}`).join('\n');
    assert.deepEqual(liftRekey(hostOf({ mangle }).tables.mangle), [
      { conn: 'an unnamed conn', from: 0x80010000, to: 0x80020000 },
    ]);
  });
});

describe('hasMemory', () => {
  it('says whether flows remember, or did', () => {
    const memoryOf = (mangle: string): boolean => hasMemory(hostOf({ mangle }).tables.mangle);
    assert.equal(hasMemory(host.tables.mangle), true);
    assert.equal(
      memoryOf(':IPSEC - [0:0]\n-A IPSEC -j NEW_IPSEC_CONN\n-A IPSEC -s some.name -j CONNMARK'),
      false,
    );
    assert.equal(memoryOf(''), false);
    assert.equal(memoryOf(':SAREF-REKEY - [0:0]'), true);
  });
});
