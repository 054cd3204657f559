import { parseSave } from '../../src/iptables/parse-save.ts';
import { printSave } from '../../src/iptables/print-save.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Row, Setting } from '../row.ts';
import { counted } from '../row.ts';

/** Times taking the same text apart at its blanks, which makes no rules of it: this is no race. */
const LIMIT = 60;

/** For a line of a text ten times as long. */
const LINEAR = 1.5;

/** The text of iptables-save to rules, and back. */
export const parser: Row = { name: 'parser', measure };

async function measure({ scale, tell }: Setting): Promise<Figure[]> {
  tell('parser');
  const [long, short] = [scale.parserLines, scale.parserLines / 10].map(gatewayDump) as [string, string];
  const times = await inTurns(scale.rounds, {
    parse: timeOf(() => parseSave(long)),
    both: timeOf(() => printSave(parseSave(long).save)),
    split: timeOf(() => long.split('\n').map((line) => line.split(' '))),
    short: timeOf(() => parseSave(short)),
  });
  const [parsed, split] = [spreadOf(times.parse), spreadOf(times.split)];
  const nanoseconds = (values: readonly number[], lines: number): number[] =>
    values.map((ms) => (ms * 1e6) / lines);
  const lines = `${counted(scale.parserLines)} lines of iptables-save`;
  return [
    {
      what: `${lines} parsed (${(long.length / 1000 / parsed.median).toFixed(1)} MB/s)`,
      unit: 'ms',
      ours: parsed,
      peer: measured('split at newlines and blanks', split),
      ratio: { kind: 'times', reach: LIMIT },
    },
    {
      what: `${lines} parsed and printed`,
      unit: 'ms',
      ours: spreadOf(times.both),
      peer: measured('split at newlines and blanks', split),
      ratio: { kind: 'times' },
    },
    {
      what: `one line of ${lines}, parsed`,
      unit: 'ns',
      ours: spreadOf(nanoseconds(times.parse, scale.parserLines)),
      peer: measured(
        `itself, one of ${counted(scale.parserLines / 10)}`,
        spreadOf(nanoseconds(times.short, scale.parserLines / 10)),
      ),
      ratio: { kind: 'times', reach: LINEAR },
    },
  ];
}

/** Milliseconds. */
function timeOf(work: () => unknown): () => Promise<number> {
  return () => {
    const start = performance.now();
    work();
    return Promise.resolve(performance.now() - start);
  };
}

/** The rules of a gateway of many SAs, `count` of them, as iptables-save -c prints them. */
function gatewayDump(count: number): string {
  const lines = ['*mangle', ':PREROUTING ACCEPT [0:0]', ':SAREF-ENTRIES - [0:0]'];
  for (let index = 0; index < count; index += 1) lines.push(gatewayRule(index));
  return [...lines, 'COMMIT', ''].join('\n');
}

function gatewayRule(index: number): string {
  const network = `10.${String(Math.floor(index / 256) % 256)}.${String(index % 256)}.0/24`;
  const counters = `[${String(index)}:${String(index * 60)}]`;
  const mark = (0x80000000 + (index % 32_768) * 65_536).toString(16);
  switch (index % 5) {
    case 0:
    case 1:
      return `${counters} -A SAREF-ENTRIES -s ${network} -d 192.168.0.0/16 -m mark --mark 0x0/0x80000000 -m comment --comment "saref ${String(index)}: branch" -j MARK --set-xmark 0x${mark}/0xffff0000`;
    case 2:
      return `${counters} -A PREROUTING -d ${network} -i eth0 -p tcp -m tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT`;
    case 3:
      return `${counters} -A PREROUTING -s ${network} -p udp -m multiport --dports 500,4500,1701 -m comment --comment ike -j SAREF-ENTRIES`;
    default:
      return `${counters} -A PREROUTING -m limit --limit 5/min -j LOG --log-prefix "drop ${String(index)} "`;
  }
}
