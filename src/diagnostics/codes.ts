/** The closed list of codes: SM1xxx policy, SM2xxx live text, SM3xxx apply and system, SM4xxx verify, SM9xxx bug. */
const TABLE = {
  SM1001: { severity: 'error', summary: 'not valid YAML' },
  SM1002: { severity: 'error', summary: 'not of the policy language' },
  SM1003: { severity: 'error', summary: 'policy too large' },
  SM1201: { severity: 'error', summary: 'SAref out of range' },
  SM1202: { severity: 'error', summary: 'nfmark where a SAref belongs' },
  SM1203: { severity: 'error', summary: 'one SAref for two conns' },
  SM1301: { severity: 'error', summary: 'unknown conn' },
  SM1302: { severity: 'error', summary: 'duplicate entry' },
  SM1303: { severity: 'error', summary: 'conn name too long' },
  SM1304: { severity: 'error', summary: 'entry without a selector' },
  SM1305: { severity: 'error', summary: 'entry can never match' },
  SM1306: { severity: 'error', summary: 'several instances of one conn' },
  SM1401: { severity: 'error', summary: 'bad network' },
  SM1402: { severity: 'error', summary: 'host bits set' },
  SM1403: { severity: 'error', summary: 'unknown network name' },
  SM1404: { severity: 'error', summary: 'bad port' },
  SM1405: { severity: 'error', summary: 'ports without a protocol that has them' },
  SM1406: { severity: 'error', summary: 'bad protocol' },
  SM1501: { severity: 'warning', summary: 'overlapping entries' },
  SM1502: { severity: 'warning', summary: 'entry catches the IKE of this host' },
  SM1503: { severity: 'warning', summary: 'entry catches the way to this host' },
  SM1504: { severity: 'warning', summary: 'conn unknown to pluto' },
  SM1510: { severity: 'warning', summary: 'inbound SAref unknown' },
  SM2001: { severity: 'error', summary: 'live rules cannot be read' },
  SM2002: { severity: 'error', summary: 'live routing cannot be read' },
  SM2101: { severity: 'error', summary: 'pluto status cannot be read' },
  SM2102: { severity: 'warning', summary: 'pluto shows no SArefs' },
  SM2201: { severity: 'warning', summary: 'running flows cannot be read' },
  SM3001: { severity: 'error', summary: 'command failed' },
  SM3002: { severity: 'error', summary: 'back end missing' },
  SM3003: { severity: 'error', summary: 'mast interface missing' },
  SM3004: { severity: 'error', summary: 'tables are locked' },
  SM3005: { severity: 'error', summary: 'no privilege' },
  SM3006: { severity: 'error', summary: 'host is not as written' },
  SM3007: { severity: 'error', summary: 'policy cannot be opened' },
  SM3008: { severity: 'error', summary: 'rules in both back ends' },
  SM3009: { severity: 'error', summary: 'our rules are in the other back end' },
  SM3010: { severity: 'error', summary: 'program not started' },
  SM3101: { severity: 'warning', summary: 'running flows keep their decision' },
  SM4001: { severity: 'error', summary: 'packet with another nfmark' },
  SM4002: { severity: 'error', summary: 'packet not seen' },
  SM4003: { severity: 'error', summary: 'packet left in clear' },
  SM4004: { severity: 'error', summary: 'entry not probed' },
  SM4005: { severity: 'error', summary: 'live rules decide otherwise' },
  SM4006: { severity: 'error', summary: 'packet routed otherwise' },
  SM4007: { severity: 'error', summary: 'could not be checked' },
  SM4008: { severity: 'error', summary: 'host is not as the policy says' },
  SM4009: { severity: 'error', summary: 'SAref not in use' },
  SM4010: { severity: 'error', summary: 'updown script of another tracking' },
  SM4011: { severity: 'warning', summary: 'updown script writes rules' },
  SM4012: { severity: 'error', summary: 'rules of a probe left behind' },
  SM4013: { severity: 'warning', summary: 'conn is up and counts as down' },
  SM4014: { severity: 'warning', summary: 'rule of others marks packets' },
  SM9001: { severity: 'error', summary: 'bug in saref-mark' },
} as const;

export type Code = keyof typeof TABLE;

interface CodeFacts {
  readonly severity: 'error' | 'warning';
  /** Fixed text, the same for everybody. */
  readonly summary: string;
}

export const CODES: Readonly<Record<Code, CodeFacts>> = TABLE;
