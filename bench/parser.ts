import { parseSave } from '../src/iptables/parse-save.ts';
import { printSave } from '../src/iptables/print-save.ts';

const ROUNDS = 7;
const SIZES = [10_000, 100_000];

/** The ratio to the peer that is too slow: splitting makes no rules, so this is no race. */
const LIMIT = 60;

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

const TASKS = [
  {
    name: "split('\\n'), split(' ')",
    run: (text: string) => text.split('\n').map((line) => line.split(' ')),
  },
  { name: 'parseSave', run: (text: string) => parseSave(text) },
  { name: 'parseSave and printSave', run: (text: string) => printSave(parseSave(text).save) },
] as const;

/** The median of rounds that take turns, in MB a second. */
function speedsOf(text: string): number[] {
  const times = TASKS.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    TASKS.forEach(({ run }, index) => {
      const start = performance.now();
      run(text);
      times[index]?.push(performance.now() - start);
    });
  }
  return times.map((list) => {
    const median = list.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
    return text.length / 1000 / median;
  });
}

/** iptables-save text to rules and back, against taking the same text apart at its blanks. */
export function benchParser(): void {
  const speeds = SIZES.map((size) => speedsOf(gatewayDump(size)));
  SIZES.forEach((size, row) => {
    process.stdout.write(`parser, ${String(size)} lines, median of ${String(ROUNDS)} rounds\n`);
    const [peer = 1] = speeds[row] ?? [];
    TASKS.forEach(({ name }, index) => {
      const speed = speeds[row]?.[index] ?? 0;
      const columns = [name.padEnd(38), `${speed.toFixed(1).padStart(5)} MB/s`];
      const ratio = index === 0 ? '' : `  ${(peer / speed).toFixed(1)} x the time of the split`;
      const limit = index === 1 ? `  (at most ${String(LIMIT)})` : '';
      process.stdout.write(`  ${columns.join('  ')}${ratio}${limit}\n`);
    });
  });
  const [small = 1, large = 0] = speeds.map((row) => row[1] ?? 0);
  process.stdout.write(
    `  ${'parseSave, ten times the lines'.padEnd(38)}  ${(small / large).toFixed(2)} x the time of a line  (at most 1.5)\n`,
  );
}
