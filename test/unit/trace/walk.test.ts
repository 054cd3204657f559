import assert from 'node:assert/strict';
import type { Walk } from '../../../src/trace/walk.ts';
import { tableRule } from '../../../src/iptables/table.ts';
import { walkChain } from '../../../src/trace/walk.ts';
import { address } from '../../support/addresses.ts';
import { hostOf } from '../../support/hosts.ts';
import { forwarded } from '../../support/packets.ts';

function walk(mangle: string, nfmark = 0, ctmark = 0): Walk {
  const packet = forwarded({ nfmark });
  return walkChain({ table: hostOf({ mangle }).tables.mangle, sets: new Map() }, 'PREROUTING', {
    packet,
    nfmark,
    ctmark,
    inInterface: 'eth1',
    outInterface: '',
  });
}

/** `CHAIN number nfmark` of each rule that matched. */
function pathOf(mangle: string, nfmark = 0): string[] {
  return walk(mangle, nfmark).path.map(
    (visit) => `${visit.chain} ${String(visit.number)} ${visit.nfmark.toString(16)}`,
  );
}

describe('walkChain', () => {
  it('accepts what meets no rule, and what meets no chain', () => {
    const { dst } = forwarded();
    assert.deepEqual(walk(''), {
      verdict: 'ACCEPT',
      nfmark: 0,
      ctmark: 0,
      dst,
      zone: undefined,
      path: [],
      doubts: [],
    });
    assert.equal(walk(':PREROUTING ACCEPT [0:0]').verdict, 'ACCEPT');
  });

  it('ends with the policy of the base chain', () => {
    assert.equal(walk(':PREROUTING DROP [0:0]').verdict, 'DROP');
    assert.equal(walk(':PREROUTING DROP [0:0]\n-A PREROUTING -j RETURN').verdict, 'DROP');
    assert.equal(walk(':PREROUTING DROP [0:0]\n-A PREROUTING -j ACCEPT').verdict, 'ACCEPT');
  });

  it('goes on behind MARK and behind a rule without a target, with the mark as it then is', () => {
    const path = pathOf(
      `
      -A PREROUTING -s 8.8.8.8/32 -j DROP
      -A PREROUTING -j MARK --set-xmark 0x80010000/0xffff0000
      -A PREROUTING -m mark --mark 0x80011234
      -A PREROUTING -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80020000/0xffff0000`,
      0x1234,
    );
    assert.deepEqual(path, ['PREROUTING 2 80011234', 'PREROUTING 3 80011234']);
  });

  it('stops at ACCEPT and DROP, in whatever chain', () => {
    const { verdict, path } = walk(`
      :MADE - [0:0]
      -A PREROUTING -j MADE
      -A PREROUTING -j DROP
      -A MADE -j ACCEPT`);
    assert.deepEqual([verdict, path.length], ['ACCEPT', 2]);
    assert.equal(walk('-A PREROUTING -j DROP\n-A PREROUTING -j ACCEPT').verdict, 'DROP');
  });

  it('comes back from a jump, at its end and at RETURN', () => {
    const path = pathOf(`
      :MADE - [0:0]
      -A PREROUTING -j MADE
      -A PREROUTING -j MARK --set-xmark 0x2/0xff
      -A MADE -j MARK --set-xmark 0x1/0xff
      -A MADE -j RETURN
      -A MADE -j DROP`);
    assert.deepEqual(path, ['PREROUTING 1 0', 'MADE 1 1', 'MADE 2 1', 'PREROUTING 2 2']);
  });

  it('comes back from a goto to where the chain itself was jumped to from', () => {
    const path = pathOf(`
      :MADE - [0:0]
      :BEHIND - [0:0]
      -A PREROUTING -j MADE
      -A PREROUTING -j MARK --set-xmark 0x3/0xff
      -A MADE -g BEHIND
      -A MADE -j DROP
      -A BEHIND -j MARK --set-xmark 0x1/0xff`);
    assert.deepEqual(path, ['PREROUTING 1 0', 'MADE 1 0', 'BEHIND 1 1', 'PREROUTING 2 3']);
  });

  it('goes round no loop, which a kernel refuses and a file can have', () => {
    for (const jump of ['-j', '-g']) {
      const { doubts, path } = walk(`
        :MADE - [0:0]
        :BEHIND - [0:0]
        -A PREROUTING -j MADE
        -A MADE -j BEHIND
        -A BEHIND ${jump} MADE
        -A BEHIND -j MARK --set-xmark 0x1/0xff`);
      assert.deepEqual([doubts, path.length], [[`-A BEHIND ${jump} MADE`], 4]);
    }
  });

  it('enters a chain again that it has come back from', () => {
    const rules = ':MADE - [0:0]\n-A PREROUTING -j MADE\n-A PREROUTING -j MADE\n-A MADE -j RETURN';
    assert.deepEqual(pathOf(rules).length, 4);
  });

  it('ends a base chain by a goto', () => {
    const { verdict, path } = walk(`
      :PREROUTING DROP [0:0]
      :MADE - [0:0]
      -A PREROUTING -g MADE
      -A PREROUTING -j ACCEPT
      -A MADE -j RETURN`);
    assert.deepEqual([verdict, path.length], ['DROP', 2]);
  });

  it('doubts a rule that may match, and goes on as if it were not there', () => {
    const { verdict, path, doubts } = walk(`
      -A PREROUTING -m length --length 7 -j DROP
      -A PREROUTING -j ACCEPT`);
    assert.deepEqual([verdict, path.length], ['ACCEPT', 1]);
    assert.deepEqual(doubts, ['-A PREROUTING -m length --length 7 -j DROP']);
  });

  it('doubts a target that it does not know, with and without options', () => {
    const { path, doubts } = walk(`
      -A PREROUTING -j TPROXY --on-port 7
      -A PREROUTING -j TRACE
      -A PREROUTING -j MYSTERY`);
    assert.deepEqual(
      doubts,
      ['TPROXY --on-port 7', 'TRACE', 'MYSTERY'].map((target) => `-A PREROUTING -j ${target}`),
    );
    assert.equal(path.length, 3);
  });

  it('maps the destination at NETMAP, and ends there', () => {
    const { verdict, dst, path, doubts } = walk(
      '-A PREROUTING -d 192.168.0.0/24 -j NETMAP --to 10.7.7.0/24\n-A PREROUTING -j DROP',
    );
    assert.deepEqual([verdict, dst, path.length, doubts], ['ACCEPT', address('10.7.7.1'), 1, []]);
  });

  const targets = {
    'CONNMARK --save-mark --left-shift-mark 1': true,
    'CT --zone 7': false,
    'DSCP --set-dscp 0x2e': false,
    'TOS --set-tos 0x10/0x3f': false,
    'SET --add-set known src': false,
    'SET --map-set known src --map-mark': true,
    'NETMAP --to fd00::/8': true,
    NETMAP: true,
    LOG: false,
    'LOG --log-prefix seen': false,
    'TCPMSS --clamp-mss-to-pmtu': false,
  };
  for (const [target, isDoubted] of Object.entries(targets)) {
    it(`goes on behind ${target}${isDoubted ? ', and doubts it' : ''}`, () => {
      const rule = `-A PREROUTING -j ${target}`;
      const { verdict, nfmark, path, doubts } = walk(`${rule}\n-A PREROUTING -j DROP`, 7);
      assert.deepEqual([verdict, nfmark, path.length], ['DROP', 7, 2]);
      assert.deepEqual(doubts, isDoubted ? [rule] : []);
    });
  }

  const targetsOfMaybes = {
    '': false,
    ' -j LOG': false,
    ' -j TCPMSS --clamp-mss-to-pmtu': false,
    ' -j TOS --set-tos 0x10/0x3f': false,
    ' -j DSCP --set-dscp 0x2e': false,
    ' -j CT --zone 7': false,
    ' -j MADE': true,
    ' -j MYSTERY': true,
    ' -j TPROXY --on-port 7': true,
    ' -j MARK --set-xmark 0x1/0xff': true,
  };
  for (const [target, isDoubted] of Object.entries(targetsOfMaybes)) {
    it(`${isDoubted ? 'doubts' : 'passes over'} a rule that may match${target}`, () => {
      const rule = `-A PREROUTING -m length --length 7${target}`;
      assert.deepEqual(walk(`:MADE - [0:0]\n${rule}`).doubts, isDoubted ? [rule] : []);
    });
  }

  it('doubts a rule that cannot be read', () => {
    assert.deepEqual(walk('-A PREROUTING --no-such-option').doubts, ['-A PREROUTING --no-such-option']);
  });

  const zones: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['-j CT --zone-orig 7', 7, undefined],
    ['-j CT --zone-reply 8', undefined, 8],
    ['-j CT --zone 9', 9, 9],
    ['-j CT --zone-orig mark', 0x1234, undefined],
    ['-p udp -j CT --zone 7\n-A PREROUTING -j CT --zone 8', 7, 7],
    ['-j CT --notrack', undefined, undefined],
  ];
  for (const [rule, original, reply] of zones) {
    it(`gives a flow its zone by ${rule}`, () => {
      const { chains } = hostOf({ mangle: `-A PREROUTING ${rule}` }).tables.mangle;
      const zoneOf = (direction: 'original' | 'reply'): number | undefined =>
        walkChain({ table: { name: 'raw', chains }, sets: new Map() }, 'PREROUTING', {
          ...{ packet: forwarded({ direction }), nfmark: 0x80011234, ctmark: 0 },
          ...{ inInterface: 'eth1', outInterface: '' },
        }).zone;
      assert.deepEqual([zoneOf('original'), zoneOf('reply')], [original, reply]);
    });
  }

  const marks: readonly (readonly [string, number, number])[] = [
    ['--save-mark --nfmask 0xffffffff --ctmask 0xffffffff', 0x80051234, 0x80051234],
    ['--save-mark --nfmask 0xffff0000 --ctmask 0xffff0000', 0x80051234, 0x80050042],
    ['--restore-mark --nfmask 0xffffffff --ctmask 0xffffffff', 0x00070042, 0x00070042],
    ['--restore-mark --nfmask 0xffff0000 --ctmask 0xffff0000', 0x00071234, 0x00070042],
    ['--set-xmark 0x80010000/0xffff0000', 0x80051234, 0x80010042],
  ];
  for (const [operation, nfmark, ctmark] of marks) {
    it(`moves marks between packet and flow by CONNMARK ${operation}`, () => {
      const walked = walk(`-A PREROUTING -j CONNMARK ${operation}`, 0x80051234, 0x00070042);
      const [visit] = walked.path;
      assert.deepEqual([walked.nfmark, walked.ctmark, walked.doubts], [nfmark, ctmark, []]);
      assert.deepEqual([visit?.nfmark, visit?.ctmark], [nfmark, ctmark]);
    });
  }

  it('does not change a mark by a MARK that says no value', () => {
    const target = { kind: 'MARK', options: {} } as const;
    const rule = tableRule({ kind: 'rule', builtins: {}, matches: [], target });
    const chains = new Map([['PREROUTING', { policy: 'ACCEPT', rules: [rule] }]]);
    const seen = { packet: forwarded(), nfmark: 7, ctmark: 0, inInterface: 'eth1', outInterface: '' };
    assert.equal(
      walkChain({ table: { name: 'mangle', chains }, sets: new Map() }, 'PREROUTING', seen).nfmark,
      7,
    );
  });

  it('does not doubt a rule whose options cannot be read where it is not met', () => {
    const { doubts } = walk(`
      -A PREROUTING -j ACCEPT
      -A PREROUTING -s 10.9.1.0/255.0.255.0 -j DROP`);
    assert.deepEqual(doubts, []);
  });

  it('keeps the text of a rule as it was saved', () => {
    assert.deepEqual(
      walk('-A PREROUTING -m comment --comment "as saved"').path.map(({ text }) => text),
      ['-m comment --comment "as saved"'],
    );
  });
});
