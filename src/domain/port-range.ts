/** Ports first to last, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const LAST_PORT = 65_535;

const PORT = /^(0|[1-9][0-9]{0,4})$/;

export function toPort(text: string): number | undefined {
  return PORT.test(text) && Number(text) <= LAST_PORT ? Number(text) : undefined;
}

/** `500` or, with the separator of the notation at hand (iptables: `:`), `1000:1999`. */
export function toPortRange(text: string, separator: string): PortRange | undefined {
  const [firstText = '', lastText = firstText, ...rest] = text.split(separator);
  const first = toPort(firstText);
  const last = toPort(lastText);
  if (first === undefined || last === undefined || rest.length > 0 || last < first) return undefined;
  return { first, last };
}

export function portRangeText({ first, last }: PortRange, separator: string): string {
  return first === last ? String(first) : `${String(first)}${separator}${String(last)}`;
}

export function containsPort({ first, last }: PortRange, port: number): boolean {
  return port >= first && port <= last;
}

export function isEveryPort({ first, last }: PortRange): boolean {
  return first === 0 && last === LAST_PORT;
}

export function commonPorts(one: PortRange, other: PortRange): PortRange | undefined {
  const [first, last] = [Math.max(one.first, other.first), Math.min(one.last, other.last)];
  return first <= last ? { first, last } : undefined;
}
