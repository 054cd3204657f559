import assert from 'node:assert/strict';
import { diffHosts } from '../../../src/delta/delta.ts';
import { meaningsOf } from '../../../src/delta/meaning.ts';
import { emptyHost } from '../../../src/host/state.ts';
import { compiledOf } from '../../support/compiled.ts';

const { host } = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n');

function ip(words: string): string[] {
  return meaningsOf({ tool: 'ip', args: words.split(' ') });
}

describe('meaningsOf', () => {
  it('has something to say of every step to a new host but its entries', () => {
    const live = { ...emptyHost(host), link: { ...host.link, state: 'down' } as const };
    const steps = diffHosts({ live, target: host, ours: host });
    const meanings = steps.map(meaningsOf);
    assert.ok(meanings.every(({ length }) => length > 0));
    assert.ok(meanings.flat().every((meaning) => !/is to be done|is not as it should be/.test(meaning)));
    assert.deepEqual(meanings.at(-1), [
      'forwarded packets do not meet the rules, or others first',
      'packets of this host do not meet the rules, or others first',
      'the frame in IPSEC is not there, or not in its order',
      'packets do not meet the entries, or rules of others first',
    ]);
  });

  it('says what the jumps of answers are for', () => {
    const { host: answering } = compiledOf('version: 1\nsarefs: { a: { refhim: 1, ref: 2 } }\nentries: []\n');
    const steps = diffHosts({ live: emptyHost(answering), target: answering, ours: answering });
    const meanings = new Set(steps.flatMap(meaningsOf));
    for (const words of [
      'clients are answered as the entries say, not by the conn that they came in by',
      'clients with the same addresses and ports are taken for one: the last to speak gets the answers',
      'the nat table may be missing: the second of two clients with the same addresses and ports is dropped',
    ])
      assert.ok(meanings.has(words), words);
  });

  it('says what is for packets from client to client', () => {
    const { host: between } = compiledOf(
      'version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.1.0.0/16, in: mast0 }]\n',
    );
    const live = { ...emptyHost(between), sysctls: between.sysctls };
    const meanings = diffHosts({ live, target: between, ours: between }).flatMap(meaningsOf);
    const [lookup, refusal] = meanings.filter((meaning) => meaning.includes('iif mast0'));
    assert.match(lookup ?? '', /lookup 50: packets from one client to another are not routed back into mast/);
    assert.match(
      refusal ?? '',
      /unreachable: packets from one client to another are not routed back into mast/,
    );
    const jumps = meanings.filter((meaning) => meaning.startsWith('packets from one client'));
    assert.equal(jumps.length, 2);
  });

  it('does not say of a jump that is put in front again that it is out of order', () => {
    const said = (...lines: string[]): string[] =>
      meaningsOf({ tool: 'iptables-restore', table: 'mangle', script: lines.join('\n'), origins: [] });
    const moved = ['-D PREROUTING -j IPSEC', '-I PREROUTING 1 -j IPSEC'];
    assert.deepEqual(said(...moved), ['forwarded packets do not meet the rules, or others first']);
    assert.deepEqual(said(...moved, '-I PREROUTING 1 -i mast0 -j SAREF-IN'), [
      'clients are answered as the entries say, not by the conn that they came in by',
    ]);
    assert.deepEqual(said(...moved, '-D PREROUTING -i mast0 -j SAREF-IN'), []);
    assert.deepEqual(said(...moved, '-I OUTPUT 1 -j IPSEC'), [
      'forwarded packets do not meet the rules, or others first',
      'packets of this host do not meet the rules, or others first',
    ]);
  });

  it('has something to say of every step back', () => {
    const live = { ...host, sysctls: new Map([...host.sysctls].map(([key, on]) => [key, !on])) };
    const target = {
      ...emptyHost(host),
      link: { ...host.link, state: 'down' } as const,
      sysctls: host.sysctls,
    };
    const meanings = diffHosts({ live, target, ours: host }).flatMap(meaningsOf);
    assert.ok(meanings.some((meaning) => meaning.includes('the mast device is up')));
    assert.ok(meanings.every((meaning) => !meaning.includes('is to be done')));
  });

  it('says which command it is that it knows nothing of', () => {
    assert.deepEqual(ip('neigh flush all'), ['ip neigh flush all: is to be done']);
    assert.deepEqual(meaningsOf({ tool: 'sysctl', key: 'net.ipv4.ip_forward', on: true }), [
      'net.ipv4.ip_forward: is not as it should be',
    ]);
  });

  it('leaves it to the entries to speak of sets', () => {
    assert.deepEqual(meaningsOf({ tool: 'ipset', script: 'destroy SAREF-SET-1\n', origins: [] }), []);
  });

  it('counts flows', () => {
    const step = { tool: 'conntrack', filters: [] } as const;
    assert.deepEqual(meaningsOf({ ...step, flows: 1 }), ['1 flow is decided again']);
    assert.deepEqual(meaningsOf({ ...step, flows: 3 }), ['3 flows are decided again']);
    assert.deepEqual(meaningsOf({ ...step, flows: 0 }), []);
  });

  it('says nothing of rules that the entries speak of', () => {
    const script = '*mangle\n-R SAREF-ENTRIES 7 -j RETURN\nCOMMIT\n';
    assert.deepEqual(meaningsOf({ tool: 'iptables-restore', table: 'mangle', script, origins: [] }), []);
  });
});
