import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cidrText } from '../../src/domain/cidr.ts';
import { hexOf, isMarked, setXmark } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { packetText } from '../../src/domain/packet.ts';
import { AH, ESP, UDP } from '../../src/domain/protocol.ts';
import { remembered } from '../../src/domain/saref.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { address, cidr } from '../support/addresses.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { remark } from '../support/reading.ts';
import type { Sareftrack, StockConn } from '../support/stock.ts';
import { newestMark, STOCK_LINES, stockConn, stockConns, stockMark } from '../support/stock.ts';
import type { Sent, StockCase } from '../support/stock-cases.ts';
import { anyStockCase } from '../support/stock-cases.ts';
import type { Side } from '../support/stock-lab.ts';
import { applyPolicy, COPIES, openSide, policyOf, setStock, timesCounted } from '../support/stock-lab.ts';
import type { End, Tally } from '../support/tally.ts';
import { tallyOf, tallyText } from '../support/tally.ts';

/** For each back end and each sareftrack=. */
const LISTS = 20;

const SAREFTRACKS: readonly Sareftrack[] = ['yes', 'conntrack'];

/** A packet among what stood when it was sent. */
interface Case {
  readonly packet: Sent;
  readonly conns: readonly StockConn[];
  readonly sareftrack: Sareftrack;
}

/** nfmarks: in which a packet leaves or, if it is to this host, arrives; both if the host sends it to itself. */
interface Marks {
  readonly stock: readonly number[];
  readonly ours: readonly number[];
}

/** A difference that is meant: for such packets both results have to be as the row says. */
interface Row {
  readonly what: string;
  readonly because: string;
  readonly covers: (one: Case) => boolean;
  readonly marks: (one: Case) => Marks;
  /** With which sareftrack= it happens at all. */
  readonly when: readonly Sareftrack[];
}

const ROWS: readonly Row[] = [
  {
    what: 'an application chose the mark (SO_MARK), with sareftrack=conntrack',
    because: 'the stock script restores the mark of a new flow, 0, over it; ours asks first',
    when: ['conntrack'],
    covers: (one) => one.packet.hook === 'OUTPUT' && isOverwritten(one),
    marks: (one) => ({ stock: [rememberedOrNew(one)], ours: [one.packet.nfmark] }),
  },
  {
    what: 'mast decapsulated it, with sareftrack=conntrack',
    because: 'the same: its inbound SAref is lost before INPUT and FORWARD, and is needed there',
    when: ['conntrack'],
    covers: (one) => one.packet.inInterface === 'mast0' && isOverwritten(one),
    marks: (one) => ({ stock: [rememberedOrNew(one)], ours: [one.packet.nfmark] }),
  },
  {
    what: 'bits 15..0 of its mark are set',
    because: 'the stock script sets, restores and saves the whole word; these bits belong to others',
    when: SAREFTRACKS,
    covers: ({ packet, conns, sareftrack }) =>
      packet.hook === 'OUTPUT' &&
      packet.nfmark !== 0 &&
      !isMarked(packet.nfmark) &&
      !passesStock(packet) &&
      (newestMark(conns, packet) !== 0 || sareftrack === 'conntrack'),
    marks: ({ packet, conns }) => {
      const mark = newestMark(conns, packet);
      return {
        stock: [mark],
        ours: [mark === 0 ? packet.nfmark : setXmark(packet.nfmark, remembered(mark))],
      };
    },
  },
  {
    what: 'it is ESP or AH of the host itself',
    because: 'the stock script would send a tunnel into a tunnel where a conn is between its two ends',
    when: SAREFTRACKS,
    covers: ({ packet, conns }) =>
      isOwnIpsec(packet) && !passesStock(packet) && newestMark(conns, packet) !== 0,
    marks: ({ packet, conns }) => ({ stock: [newestMark(conns, packet)], ours: [0] }),
  },
  {
    what: 'it is to an address of the host',
    because: 'it stays here, and with sareftrack=conntrack the answer would go into a tunnel',
    when: SAREFTRACKS,
    covers: (one) => {
      const { packet } = one;
      return packet.dstIsLocal && packet.nfmark === 0 && rememberedOrNew(one) !== rememberedByOurs(one);
    },
    marks: (one) => {
      const [stock, ours] = [rememberedOrNew(one), rememberedByOurs(one)];
      if (one.packet.hook === 'PREROUTING') return { stock: [stock], ours: [ours] };
      // the four ACCEPTs are in OUTPUT alone, and PREROUTING sees it too
      return { stock: [passesStock(one.packet) ? 0 : stock, stock], ours: [ours, ours] };
    },
  },
  {
    what: 'it answers one of these, with sareftrack=conntrack',
    because: 'a flow goes on as its first packet went',
    when: ['conntrack'],
    covers: (one) => {
      const { packet } = one;
      const isNew = packet.answerTo !== undefined && !packet.dstIsLocal && packet.nfmark === 0;
      return isNew && !passesStock(packet) && rememberedOrNew(one) !== rememberedByOurs(one);
    },
    marks: (one) => ({ stock: [rememberedOrNew(one)], ours: [rememberedByOurs(one)] }),
  },
  {
    what: 'the host sends it from or to port 500 or 4500, by an address of somebody else',
    because: 'whose IKE it is, its address tells: a transparent proxy carries that of others',
    when: SAREFTRACKS,
    covers: ({ packet, conns }) =>
      passesStock(packet) && !packet.srcIsLocal && newestMark(conns, packet) !== 0,
    marks: ({ packet, conns }) => ({ stock: [0], ours: [newestMark(conns, packet)] }),
  },
];

function isIke({ protocol, sport, dport }: Packet): boolean {
  return protocol === UDP && [sport, dport].some((port) => port === 500 || port === 4500);
}

/** What the ACCEPTs in OUTPUT keep from IPSEC. */
function passesStock(packet: Packet): boolean {
  return packet.hook === 'OUTPUT' && isIke(packet);
}

function isOwnIpsec(packet: Packet): boolean {
  return packet.srcIsLocal && (isIke(packet) || packet.protocol === ESP || packet.protocol === AH);
}

/** Whether the stock script takes bits 31..16 away that ours leaves. */
function isOverwritten({ packet, conns, sareftrack }: Case): boolean {
  const { nfmark } = packet;
  const isChosen = isMarked(nfmark) || (nfmark >= 0x10000 && newestMark(conns, packet) === 0);
  return sareftrack === 'conntrack' && isChosen && !passesStock(packet);
}

/** What the flow of an answer remembers of the packet that it answers. */
function memories({ packet, conns, sareftrack }: Case): { readonly stock: number; readonly ours: number } {
  const first = packet.answerTo;
  if (first === undefined || sareftrack === 'yes') return { stock: 0, ours: 0 };
  const mark = newestMark(conns, first);
  const isExempt = isMarked(first.nfmark) || first.dstIsLocal || isOwnIpsec(first);
  return { stock: passesStock(first) ? 0 : mark, ours: isExempt ? 0 : mark };
}

/** What the stock script makes of a packet that comes to IPSEC, whatever mark it has. */
function rememberedOrNew(one: Case): number {
  const { stock } = memories(one);
  return stock === 0 ? newestMark(one.conns, one.packet) : stock;
}

/** What ours makes of a packet without a mark. */
function rememberedByOurs(one: Case): number {
  const { ours } = memories(one);
  if (ours !== 0) return ours;
  return one.packet.dstIsLocal || isOwnIpsec(one.packet) ? 0 : newestMark(one.conns, one.packet);
}

interface Seen {
  lists: number;
  equal: number;
  marked: number;
  answers: number;
  /** Went another way than the newest conn for it, because its flow did. */
  byMemory: number;
  /** Sent again after a newer conn came up, and those of them that it is for. */
  again: number;
  forNewer: number;
  readonly rows: Map<Row, number>;
}

interface Found {
  readonly stock: Tally;
  readonly ours: Tally;
}

/** Fails unless the two are equal, or are what a row says; tells the row. */
function judge(one: Case, found: Found, seen: Seen): Row | undefined {
  const { packet } = one;
  const text = caseText(one);
  for (const [side, { onMast, elsewhere }] of Object.entries(found) as [string, Tally][])
    assert.equal(onMast + elsewhere, timesCounted(packet) * COPIES, `${side}: lost or too many\n${text}`);
  const row = rowFor(one);
  if (row === undefined) {
    assert.equal(tallyText(found.ours), tallyText(found.stock), text);
    seen.equal += 1;
    const newest = newestMark(one.conns, packet);
    if (packet.nfmark === 0 && found.stock.bits[31] !== 0) {
      seen.marked += 1;
      if (tallyText(found.stock) !== tallyText(tallyOf(endsOf(packet, [newest]), COPIES))) seen.byMemory += 1;
    }
    if (packet.answerTo !== undefined) seen.answers += 1;
    return undefined;
  }
  const expected = row.marks(one);
  assert.notDeepEqual(expected.ours, expected.stock, `no difference: ${row.what}\n${text}`);
  for (const side of ['stock', 'ours'] as const) {
    const wanted = tallyOf(endsOf(packet, expected[side]), COPIES);
    assert.equal(tallyText(found[side]), tallyText(wanted), `${side}: ${row.what}\n${text}`);
  }
  seen.rows.set(row, (seen.rows.get(row) ?? 0) + 1);
  return row;
}

function rowFor(one: Case): Row | undefined {
  return ROWS.find(({ covers }) => covers(one));
}

function endsOf(packet: Packet, nfmarks: readonly number[]): End[] {
  const isByMark = !packet.dstIsLocal && packet.inInterface !== 'mast0';
  return nfmarks.map((nfmark) => ({ onMast: isByMark && isMarked(nfmark), nfmark }));
}

function caseText({ packet, conns, sareftrack }: Case): string {
  const textOf = (one: Sent): string =>
    `${one.hook} ${one.inInterface ?? ''} ${packetText(one)}, mark ${hexOf(one.nfmark)}`;
  return [
    `sareftrack=${sareftrack}, ${textOf(packet)}`,
    ...(packet.answerTo === undefined ? [] : [`in answer to ${textOf(packet.answerTo)}`]),
    ...conns.map(({ mine, peer, refhim }) => `${cidrText(mine)} ${cidrText(peer)} ${hexOf(refhim)}`),
  ].join('\n');
}

for (const backend of BACKENDS) {
  for (const sareftrack of SAREFTRACKS) {
    describe(`our rules and those of the stock script, sareftrack=${sareftrack}, ${backend},`, function () {
      this.timeout(60_000);
      const sides: Side[] = [];
      let stock: Side;
      let ours: Side;
      const seen: Seen = {
        ...{ lists: 0, equal: 0, marked: 0, answers: 0, byMemory: 0, again: 0, forNewer: 0 },
        rows: new Map<Row, number>(),
      };

      before(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
        [stock, ours] = await Promise.all([openSide(backend), openSide(backend)]);
        sides.push(stock, ours);
        await setStock(stock.lab, sareftrack);
      });

      after(() => Promise.all(sides.map((side) => side.close())));

      async function setConns(conns: readonly StockConn[], down: readonly StockConn[]): Promise<void> {
        await Promise.all([
          stock.tools.restore(printRestore('mangle', stockConns(conns))),
          applyPolicy(ours.tools, policyOf(conns, { sareftrack, down })),
        ]);
      }

      async function send(
        packets: readonly Sent[],
        conns: readonly StockConn[],
      ): Promise<(Row | undefined)[]> {
        const [theirs, own] = await Promise.all([stock.send(packets), ours.send(packets)]);
        return packets.map((packet) => {
          const found = { stock: theirs.get(packet) as Tally, ours: own.get(packet) as Tally };
          return judge({ packet, conns, sareftrack }, found, seen);
        });
      }

      async function compare({ conns, down, late, packets }: StockCase): Promise<void> {
        seen.lists += 1;
        await Promise.all(sides.map((side) => side.forgetFlows()));
        await setConns(conns, [down, late]);
        const rows = await send(packets, conns);
        const more = [...conns, late];
        await setConns(more, [down]);
        // a flow remembers a difference at its answer too
        const differing = packets
          .filter((_, index) => rows[index] !== undefined)
          .flatMap((packet) => [packet, packet.answerTo]);
        const again = packets.filter((packet) => {
          const isPlain = packet.nfmark === 0 && packet.answerTo === undefined && !differing.includes(packet);
          return isPlain && rowFor({ packet, conns: more, sareftrack }) === undefined;
        });
        await send(again, more);
        seen.again += again.length;
        seen.forNewer += again.filter(
          (packet) => newestMark(more, packet) !== newestMark(conns, packet),
        ).length;
      }

      it(`give all packets the same marks but those of the table, for ${String(LISTS)} lists of conns`, async () => {
        await fc.assert(fc.asyncProperty(anyStockCase(ours.lab.branchDevice), compare), {
          numRuns: LISTS,
          endOnFailure: true,
        });
      });

      it('have met enough of each kind of packet, and of each row', () => {
        const { lists, equal, marked, answers, byMemory, again, forNewer } = seen;
        remark(
          [
            `${String(lists)} lists, ${String(equal)} packets equal: ${String(marked)} marked for a conn`,
            `(${String(byMemory)} as their flow was), ${String(answers)} answers, ${String(again)} after a`,
            `newer conn came up, ${String(forNewer)} of them for that`,
          ].join(' '),
        );
        assert.ok(lists >= 20 && equal >= 350 && marked >= 80 && equal - marked >= 80);
        assert.ok(answers >= 50 && again >= 100 && forNewer >= 5);
        assert.ok(sareftrack === 'yes' ? byMemory === 0 : byMemory >= 5);
        for (const row of ROWS.filter(({ when }) => when.includes(sareftrack))) {
          const met = seen.rows.get(row) ?? 0;
          remark(`${String(met)} packets differ: ${row.what}`);
          assert.ok(met >= 3, row.what);
        }
        for (const row of seen.rows.keys()) assert.ok(row.when.includes(sareftrack), row.what);
      });
    });
  }
}

/** What the real script of Openswan 3.0.0 left, as both back ends print it. */
const CAPTURED: Readonly<Record<Sareftrack, readonly string[]>> = {
  yes: ['-A IPSEC -j NEW_IPSEC_CONN'],
  conntrack: [
    '-A IPSEC -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
    '-A IPSEC -m mark --mark 0x80000000/0x80000000 -j RETURN',
    '-A IPSEC -j NEW_IPSEC_CONN',
    '-A IPSEC -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
  ],
};
const CAPTURED_HOOKS = [
  '-A PREROUTING -j IPSEC',
  '-A OUTPUT -p udp -m udp --dport 4500 -j ACCEPT',
  '-A OUTPUT -p udp -m udp --sport 4500 -j ACCEPT',
  '-A OUTPUT -p udp -m udp --dport 500 -j ACCEPT',
  '-A OUTPUT -p udp -m udp --sport 500 -j ACCEPT',
  '-A OUTPUT -j IPSEC',
];
const CAPTURED_CONNS = [
  '-A NEW_IPSEC_CONN -s 198.51.100.1/32 -d 203.0.113.9/32 -m mark --mark 0x0/0x80000000 -m comment --comment host-host -j MARK --set-xmark 0x80090000/0xffffffff',
  '-A NEW_IPSEC_CONN -s 10.10.0.0/24 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment server-client2 -j MARK --set-xmark 0x80050000/0xffffffff',
  '-A NEW_IPSEC_CONN -s 10.10.0.0/24 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment server-client1 -j MARK --set-xmark 0x80010000/0xffffffff',
];
const CAPTURED_RULES = [
  '0:\tfrom all lookup local',
  '32764:\tfrom all iif mast0 lookup main',
  '32765:\tfrom all fwmark 0x80000000/0x80000000 lookup 50',
  '32766:\tfrom all lookup main',
  '32767:\tfrom all lookup default',
];

function conn(name: string, refhim: number, [mine, peer]: readonly [string, string]): StockConn {
  return { name, mine: cidr(mine), peer: cidr(peer), refhim };
}

for (const backend of BACKENDS) {
  for (const sareftrack of SAREFTRACKS) {
    describe(`the stock script, sareftrack=${sareftrack}, ${backend},`, function () {
      this.timeout(20_000);
      let opened: (Lab | Side)[] = [];

      before(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
      });

      afterEach(async () => {
        for (const one of opened) await one.close();
        opened = [];
      });

      it('is modelled as it was captured', async () => {
        const lab = await openLab(backend);
        opened.push(lab);
        const networks = ['10.10.0.0/24', '192.168.0.0/24'] as const;
        const conns = [
          conn('server-client1', 1, networks),
          conn('server-client2', 5, networks),
          conn('host-host', 9, ['198.51.100.1', '203.0.113.9']),
        ];
        await setStock(lab, sareftrack);
        await lab.tools.restore(printRestore('mangle', stockConns(conns)));
        const { mangle, ipRules, routes } = await lab.tools.read({
          device: 'mast0',
          table: 50,
          tables: [],
          sysctls: ['net.ipv4.fwmark_reflect'],
        });
        const rules = mangle.split('\n').filter((line) => line.startsWith('-A '));
        assert.deepEqual(rules, [...CAPTURED_HOOKS, ...CAPTURED[sareftrack], ...CAPTURED_CONNS]);
        assert.deepEqual(ipRules.trimEnd().split('\n'), CAPTURED_RULES);
        assert.match(routes, /^default dev mast0 scope link/);
      });

      it('finds our frame as it wants it, and what it adds goes behind our entries at the next apply', async () => {
        const side = await openSide(backend);
        opened.push(side);
        const command = side.tools.backend.save.replace(/-save$/, '');
        const iptables = (...words: string[]): Promise<string> =>
          side.lab.gateway.mustRun({ argv: [command, '-t', 'mangle', ...words] });
        const isAsWanted = async (): Promise<void> => {
          const lines = (text: string): string[] => text.split('\n').slice(0, -1);
          assert.equal(lines(await iptables('-L', 'IPSEC')).length, STOCK_LINES[sareftrack]);
          for (const hook of ['OUTPUT', 'PREROUTING'])
            assert.ok(lines(await iptables('-L', hook)).some((line) => line.startsWith('IPSEC')));
          // it asks for this chain without -n too, and nobody here has names for addresses
          await iptables('-n', '-L', 'NEW_IPSEC_CONN');
        };
        const ours = conn('ours', 7, ['10.9.1.0/24', '192.168.0.0/24']);
        const policy = policyOf([ours], { sareftrack });
        await side.forgetFlows();
        await applyPolicy(side.tools, policy);
        await isAsWanted();

        const added = conn('added', 9, ['10.9.1.0/24', '192.168.0.0/16']);
        await iptables(...stockConn(added).text.split(' '));
        const marksOf = async (kind: number): Promise<string[]> => {
          const packets = ['192.168.0.1', '192.168.1.1'].map((dst, index) => local(dst, kind + 2 * index));
          return [...(await side.send(packets)).values()].map(tallyText);
        };
        const onMast = (refhim: number): string =>
          tallyText(tallyOf([{ onMast: true, nfmark: stockMark(refhim) }], COPIES));
        assert.deepEqual(await marksOf(0), [onMast(9), onMast(9)]);

        await applyPolicy(side.tools, policy);
        await isAsWanted();
        assert.deepEqual(await marksOf(4), [onMast(7), onMast(9)]);
      });
    });
  }
}

/** Of the kind that is told by this source port. */
function local(dst: string, kind: number): Sent {
  return {
    ...{ kind, hook: 'OUTPUT', src: address('10.9.1.5'), dst: address(dst), protocol: UDP, ctmark: 0 },
    ...{ sport: 20_000 + kind / 2, dport: 53, srcIsLocal: true, dstIsLocal: false, nfmark: 0 },
  };
}
