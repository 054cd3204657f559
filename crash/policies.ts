import type { Layout } from '../src/lower/layout.ts';

/**
 * Two policies for one host. From the first to the second a SAref changes, networks change hands, come and go, two
 * that overlap change at once (which takes a set a second one), and an alias moves: nat, raw, mangle and flows
 * have their part in it.
 */
export function policyTexts(layout: Layout): Readonly<Record<'first' | 'second' | 'small', string>> {
  const head = (sarefs: string): string =>
    `version: 1\ntracking: flow\nlayout: ${layout}\nsarefs: ${sarefs}\nprotect: 192.168.0.0/16\nentries:\n`;
  const many = (connOf: (at: number) => string): string =>
    Array.from(
      { length: MANY },
      (_, at) => `  - { conn: ${connOf(at)}, dst: 10.64.${String(at)}.0/24 }`,
    ).join('\n');
  const first = `${head('{ a: { refhim: 18, ref: 17 }, b: { refhim: 22, ref: 21 } }')}
${many((at) => (at % 2 === 0 ? 'a' : 'b'))}
  - { conn: b, dst: 192.168.3.128/25 }
  - { conn: a, dst: 192.168.3.0/24 }
  - { conn: a, dst: 192.168.0.0/24 }
  - { conn: b, dst: 192.168.1.0/24 }
  - { conn: a, dst: 192.168.2.0/24 }
  - { conn: b, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
`;
  const second = `${head('{ a: { refhim: 30, ref: 29 }, b: { refhim: 22, ref: 21 }, c: { refhim: 26, ref: 25 } }')}
${many((at) => (at % 3 === 0 ? 'a' : 'b'))}
  - { conn: c, dst: 192.168.3.128/25 }
  - { conn: b, dst: 192.168.3.0/24 }
  - { conn: a, dst: 192.168.0.0/24 }
  - { conn: a, dst: 192.168.1.0/24 }
  - { conn: c, dst: 192.168.4.0/24 }
  - { conn: b, dst: 192.168.0.0/24, alias: 10.102.0.0/24 }
`;
  // soon rehearsed
  const small = `${head('{ a: { refhim: 18, ref: 17 } }')}  - { conn: a, dst: 192.168.0.0/24 }\n`;
  return { first, second, small };
}

/** So many entries more are worth a set, or a tree. */
const MANY = 80;

/** Hosts in networks of either policy, or of both, or of none. */
export const DESTINATIONS = [
  ...['192.168.0.9', '192.168.1.9', '192.168.2.9', '192.168.3.9', '192.168.3.200', '192.168.4.9'],
  ...['10.101.0.9', '10.102.0.9', '10.64.0.9', '10.64.2.9', '10.64.3.9', '192.168.99.9', '198.51.100.9'],
];

/** Running flows of the first policy: one whose SAref changes, one that goes to another conn, one to an alias. */
export const FLOWS = [
  ['192.168.0.9', 18],
  ['192.168.1.9', 22],
] as const;
