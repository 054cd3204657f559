/** IPv6 addresses as bigints below 2^128. */
const GROUP = /^[0-9a-fA-F]{1,4}$/;

/** @param tail reads a dotted IPv4 address, which may stand for the last two groups */
export function toIpv6(text: string, tail: (text: string) => number | undefined): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, rest] = halves.map((half, index) =>
    readGroups(half, index === halves.length - 1 ? tail : () => undefined),
  );
  if (head === undefined || (halves.length === 2 && rest === undefined)) return undefined;
  const groups = rest === undefined ? head : [...head, ...zeros(8 - head.length - rest.length), ...rest];
  const isFull = groups.length === 8 && (rest === undefined || head.length + rest.length < 8);
  return isFull ? groups.reduce((address, group) => (address << 16n) | BigInt(group), 0n) : undefined;
}

function readGroups(text: string, tail: (text: string) => number | undefined): number[] | undefined {
  if (text === '') return [];
  const words = text.split(':');
  const groups = words.flatMap((word, index) => {
    const dotted = index === words.length - 1 && word.includes('.') ? tail(word) : undefined;
    if (dotted !== undefined) return [dotted >>> 16, dotted & 0xffff];
    return GROUP.test(word) ? [Number.parseInt(word, 16)] : [-1];
  });
  return groups.includes(-1) ? undefined : groups;
}

function zeros(count: number): number[] {
  return Array<number>(Math.max(0, count)).fill(0);
}

/** As inet_ntop of glibc writes it: the first longest run of zeros compressed, IPv4 tails dotted. */
export function ipv6Text(address: bigint, dottedText: (address: number) => string): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((address >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  const run = longestZeroRun(groups);
  const isMapped = run.start === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  const words = groups.map((group) => group.toString(16));
  if (isMapped) words.splice(6, 2, dottedText(Number(address & 0xffffffffn)));
  if (run.length < 2) return words.join(':');
  return `${words.slice(0, run.start).join(':')}::${words.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  });
  return best;
}
