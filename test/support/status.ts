import fc from 'fast-check';
import type { PlutoStatus } from '../../src/plan/pluto-status.ts';

/** A row of pluto's table as plain values. */
export interface StatusRow {
  readonly conn: string;
  readonly instance: string | undefined;
  readonly peer: string | undefined;
  readonly state: number | undefined;
  readonly ref: number | undefined;
  readonly refhim: number | undefined;
}

export function rowsOf({ conns }: PlutoStatus): StatusRow[] {
  return conns.map(({ conn, instance, peer, state, ref, refhim }) => ({
    conn: conn.value,
    instance,
    peer,
    state: state?.value,
    ref: ref?.value,
    refhim: refhim?.value,
  }));
}

/** `road[2] 198.51.100.8 #7 ref 15 refhim 13`; what is absent is left out. */
export function rowText({ conn, instance, peer, state, ref, refhim }: StatusRow): string {
  return [
    instance === undefined ? conn : `${conn}[${instance}]`,
    ...(peer === undefined ? [] : [peer]),
    state === undefined ? 'down' : `#${String(state)}`,
    ...(ref === undefined ? [] : [`ref ${String(ref)}`]),
    ...(refhim === undefined ? [] : [`refhim ${String(refhim)}`]),
  ].join(' ');
}

/** How a version of pluto prints. */
export interface StatusStyle {
  readonly code: '000 ' | '';
  readonly lineEnd: '\n' | '\r\n';
  readonly newest: '; newest IPSEC; eroute owner' | '; newest; eroute owner' | '; eroute owner';
  readonly second: 'refhim' | 'ref_peer';
  readonly none: 0 | 0xffff0001;
  readonly behind: '' | ' Traffic:! ESPmax=4194303B username=eve ref=1 refhim=2';
}

export const anyStyle: fc.Arbitrary<StatusStyle> = fc.record({
  code: fc.constantFrom('000 ', ''),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  newest: fc.constantFrom('; newest IPSEC; eroute owner', '; newest; eroute owner', '; eroute owner'),
  second: fc.constantFrom('refhim', 'ref_peer'),
  none: fc.constantFrom(0, 0xffff0001),
  behind: fc.constantFrom('', ' Traffic:! ESPmax=4194303B username=eve ref=1 refhim=2'),
});

/** Names that look like what stands around them; a quote with `[`, a blank or a colon behind it would end one. */
const anyName = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('"', '#1: ', '[2]', ': ', '===', '...', '/0x1', '#192.0.2.0/24', ' esp.1@2', ' ref=3 '),
      fc.constantFrom('; newest IPSEC; eroute owner;', ' Traffic:', '000 ', 'é', ' refhim=5', '\\'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('').replace(/[\r\n]/g, ''))
  .filter((name) => !/"[[ :]/.test(name));

const anyRef = fc.option(
  fc.oneof(fc.integer({ min: 1, max: 32767 }), fc.constantFrom(32768, 65535, 4294901760)),
  { nil: undefined },
);

const anyRow: fc.Arbitrary<Omit<StatusRow, 'state'> & { readonly isUp: boolean }> = fc
  .record({
    conn: anyName,
    instance: fc.option(fc.constantFrom('1', '2', '10', '1.1'), { nil: undefined }),
    peer: fc.constantFrom('198.51.100.7', '198.51.100.8:4500', '2001:db8::7'),
    ref: anyRef,
    refhim: anyRef,
    isUp: fc.boolean(),
  })
  .map((row) => ({
    ...row,
    peer: row.isUp && row.instance !== undefined ? row.peer : undefined,
    ref: row.isUp ? row.ref : undefined,
    refhim: row.isUp ? row.refhim : undefined,
  }));

/** Rows with states of their own, in an order that says nothing. */
export const anyTable: fc.Arbitrary<readonly StatusRow[]> = fc
  .uniqueArray(anyRow, { minLength: 1, maxLength: 8, selector: (row) => `${row.instance ?? ''} ${row.conn}` })
  .map((rows) =>
    rows.map(({ isUp, ...row }, index) => ({ ...row, state: isUp ? 100 - 3 * index : undefined })),
  );

/** A status that says so, with an older and a younger state of each conn that is up. */
export function printStatus(rows: readonly StatusRow[], style: StatusStyle): string {
  const lines = [
    'using kernel interface: mast',
    'interface mast0/eth0 192.0.2.1',
    ...rows.flatMap((row) => [
      `${nameOf(row)}: 192.0.2.1...198.51.100.7; erouted; eroute owner: #${String(row.state ?? 0)}`,
      `${nameOf(row)}:   policy: PSK+ENCRYPT+TUNNEL...;`,
    ]),
    ...rows.flatMap((row) => stateLines(row, style)),
  ];
  return lines.map((line) => `${style.code}${line}${style.lineEnd}`).join('');
}

function nameOf({ conn, instance }: StatusRow): string {
  return `"${conn}"${instance === undefined ? '' : `[${instance.replaceAll('.', '][')}]`}`;
}

function stateLines(row: StatusRow, style: StatusStyle): string[] {
  const { state, ref, refhim } = row;
  if (state === undefined) return [`#200: ${nameOf(row)}:500 STATE_MAIN_I1 (sent MI1, expecting MR1); idle`];
  const others = [state - 1, state + 1].flatMap((serial) =>
    saLines(row, { ...style, newest: '' }, { serial, ref: 7, refhim: 8 }),
  );
  return [...others, ...saLines(row, style, { serial: state, ref, refhim })];
}

function saLines(
  row: StatusRow,
  { newest, second, none, behind }: Omit<StatusStyle, 'newest'> & { readonly newest: string },
  sa: { readonly serial: number; readonly ref: number | undefined; readonly refhim: number | undefined },
): string[] {
  const head = `#${String(sa.serial)}: ${nameOf(row)}${row.peer === undefined ? '' : ` ${row.peer}`}`;
  return [
    `${head}:500 STATE_QUICK_R2 (IPsec SA established); EVENT_SA_REPLACE in 9s${newest}; isakmp#1; idle`,
    `${head} esp.1a@198.51.100.7 esp.2b@192.0.2.1 ref=${String(sa.ref ?? none)} ${second}=${String(sa.refhim ?? none)}${behind}`,
  ];
}
