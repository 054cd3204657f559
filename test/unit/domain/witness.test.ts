import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Packet } from '../../../src/domain/packet.ts';
import { packetText } from '../../../src/domain/packet.ts';
import type { Selector } from '../../../src/domain/selector.ts';
import { MADE_HERE, matchesSelector } from '../../../src/domain/selector.ts';
import type { Witness } from '../../../src/domain/witness.ts';
import { witnessOf } from '../../../src/domain/witness.ts';
import { cidr } from '../../support/addresses.ts';
import { packetOf } from '../../support/packets.ts';

/** `10.9.1.0/24 > 192.168.0.0/16`; `*` for a side that is left out. */
function ends(text: string): Selector {
  const [src, dst] = text.split(' > ').map((side) => (side === '*' ? undefined : [cidr(side)]));
  return { src, dst };
}

function textOf(witness: Witness | undefined): string | undefined {
  return (
    witness &&
    `${packetText(witness)}${witness.inInterface === MADE_HERE ? '' : ` in ${witness.inInterface}`}`
  );
}

function left(text: string, ...taken: readonly string[]): string | undefined {
  return textOf(witnessOf([ends(text)], taken.map(ends)))
    ?.replace(/^udp | in eth0$/g, '')
    .replace(/:40000|:53/g, '');
}

describe('witnessOf', () => {
  it('gives a packet that reads well, where there is a choice', () => {
    const branch = ends('10.9.1.0/24 > 192.168.0.0/24');
    assert.equal(textOf(witnessOf([branch], [])), 'udp 10.9.1.1:40000 -> 192.168.0.1:53 in eth0');
  });

  it('keeps to protocol, ports and interface', () => {
    const ports = { sport: [{ first: 1, last: 2 }], dport: [{ first: 80, last: 80 }] };
    const all = { ...ends('10.9.1.7 > 10.9.2.7'), protocol: 6, ...ports, inInterface: 'eth0' };
    assert.equal(textOf(witnessOf([all], [])), 'tcp 10.9.1.7:1 -> 10.9.2.7:80 in eth0');
    assert.equal(textOf(witnessOf([all, { inInterface: MADE_HERE }], [])), undefined);
    const here = [{ ...all, inInterface: undefined }, { inInterface: MADE_HERE }];
    assert.equal(textOf(witnessOf(here, [])), 'tcp 10.9.1.7:1 -> 10.9.2.7:80');
  });

  it('has no ports where the protocol has none', () => {
    const esp = { ...ends('10.9.1.7 > 10.9.2.7'), protocol: 50 };
    assert.equal(textOf(witnessOf([esp], [])), 'esp 10.9.1.7 -> 10.9.2.7 in eth0');
  });

  it('finds another protocol, port or interface where the first ones are taken', () => {
    const pair = ends('10.9.1.7 > 10.9.2.7');
    assert.equal(textOf(witnessOf([pair], [{ protocol: 17 }]))?.slice(0, 4), 'tcp ');
    assert.equal(textOf(witnessOf([pair], [{ protocol: 17 }, { protocol: 6 }]))?.slice(0, 5), 'icmp ');
    assert.doesNotMatch(String(textOf(witnessOf([pair], [{ inInterface: 'eth0' }]))), / in eth0$/);
    const port = { protocol: 17, dport: [{ first: 53, last: 53 }] };
    assert.doesNotMatch(String(textOf(witnessOf([{ ...pair, protocol: 17 }], [port]))), /:53 /);
  });

  it('finds what selectors have in common', () => {
    const both = witnessOf([ends('10.9.0.0/16 > *'), ends('* > 10.9.2.0/24'), { protocol: 1 }], []);
    assert.equal(textOf(both), 'icmp 10.9.0.1 -> 10.9.2.1 in eth0');
    assert.equal(witnessOf([ends('10.9.0.0/16 > *'), ends('10.8.0.0/16 > *')], []), undefined);
  });

  it('finds nothing where one selector, or several together, take all', () => {
    assert.equal(left('10.9.1.0/24 > 10.9.2.0/24', '10.9.0.0/16 > *'), undefined);
    assert.equal(left('10.9.1.0/24 > *', '10.9.1.0/25 > *', '10.9.1.128/25 > *'), undefined);
    assert.equal(left('* > *', '0.0.0.0/1 > *', '128.0.0.0/1 > 0.0.0.0/1', '* > 128.0.0.0/1'), undefined);
    const tcp = [{ protocol: 6 }, { ...ends('* > 10.0.0.0/8'), dport: [{ first: 0, last: 65_535 }] }];
    assert.equal(witnessOf([{ ...ends('* > 10.1.1.1'), protocol: 6 }], tcp), undefined);
  });

  it('does not mind selectors that are elsewhere', () => {
    assert.equal(left('10.9.1.0/24 > 1.1.1.1', '10.9.0.0/24 > *', '* > 1.1.1.2'), '10.9.1.1 -> 1.1.1.1');
  });

  it('finds no packet from an address to itself', () => {
    assert.equal(left('10.9.1.1 > 10.9.1.1'), undefined);
    assert.equal(left('10.9.1.0/24 > 10.9.1.0/24'), '10.9.1.0 -> 10.9.1.1');
    assert.equal(left('10.9.1.1 > 10.9.1.0/31'), '10.9.1.1 -> 10.9.1.0');
    assert.equal(left('10.9.1.0/31 > 10.9.1.1'), '10.9.1.0 -> 10.9.1.1');
    assert.equal(left('10.9.1.0/31 > 10.9.1.0'), '10.9.1.1 -> 10.9.1.0');
  });

  it('stays below the end of the address space', () => {
    assert.equal(left('255.255.255.255 > 1.1.1.1'), '255.255.255.255 -> 1.1.1.1');
    assert.equal(left('255.255.255.254/31 > 1.1.1.1', '255.255.255.254/31 > *'), undefined);
  });

  it('is exact: finds a packet if and only if there is one', () => {
    const counts = { found: 0, none: 0 };
    const addresses = Array.from({ length: 4 }, (_, offset) => 0x0a090100 + offset);
    const side = fc.array(
      fc.constantFrom(...['10.9.1.0/30', '10.9.1.0/31', '10.9.1.2/31', '10.9.1.3'].map(cidr)),
      {
        minLength: 1,
        maxLength: 2,
      },
    );
    const open = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
      fc.option(one, { nil: undefined, freq: 3 });
    const ports = fc.constantFrom(
      [{ first: 0, last: 7 }],
      [{ first: 8, last: 65_535 }],
      [{ first: 7, last: 8 }],
    );
    const inInterface = fc.constantFrom('eth0', 'eth1', MADE_HERE);
    const others = fc.oneof(
      fc.record({ protocol: open(fc.constantFrom(1, 6, 17)), inInterface: open(inInterface) }),
      fc.record({ protocol: fc.constantFrom(6, 17), dport: ports, inInterface: open(inInterface) }),
    );
    const taking = fc.tuple(fc.record({ src: open(side), dst: open(side) }), others);
    const asking = fc.tuple(fc.record({ src: side, dst: side }), others);
    const candidates = addresses.flatMap((src) =>
      addresses.flatMap((dst) =>
        [1, 6, 17, 99].flatMap((protocol) =>
          ['eth0', 'eth1', 'other', MADE_HERE].flatMap((arrival) =>
            (protocol === 6 || protocol === 17 ? [0, 7, 8, 9] : [undefined]).map((dport) =>
              packetOf({
                src,
                dst,
                protocol,
                inInterface: arrival,
                ...(dport !== undefined && { sport: 9, dport }),
              }),
            ),
          ),
        ),
      ),
    );
    const property = fc.property(asking, fc.array(taking, { maxLength: 7 }), (asked, taken) => {
      const selectors = taken.map(([one, other]): Selector => ({ ...one, ...other }));
      const within: Selector = { ...asked[0], ...asked[1] };
      const isLeft = (packet: Packet): boolean =>
        packet.src !== packet.dst &&
        matchesSelector(within, packet) &&
        !selectors.some((selector) => matchesSelector(selector, packet));
      const found = witnessOf([within], selectors);
      const exists = candidates.some(isLeft);
      assert.equal(found !== undefined, exists);
      if (found !== undefined) assert.ok(isLeft(packetOf(found)));
      counts[exists ? 'found' : 'none'] += 1;
    });
    fc.assert(property, { numRuns: 3000 });
    assert.ok(Math.min(counts.found, counts.none) > 300, JSON.stringify(counts));
  });
});
