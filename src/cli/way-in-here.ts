import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Tuple } from '../flows/flow.ts';
import { parseFlows } from '../flows/parse.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { CommandFailed } from '../system/classify.ts';
import type { HostTools } from '../system/host-tools.ts';
import { sshConnection } from '../system/login.ts';
import { parseOwnAddresses } from '../verify/own-addresses.ts';
import type { Login } from '../verify/way-in.ts';
import { answerTo, checkLogin, checkVicinity, parseLogin } from '../verify/way-in.ts';
import { parseWays } from '../verify/ways.ts';

/** Port of ssh where nobody is logged in. */
const SSH = 22;

/** What a policy would do to who is logged in here now, and to who could be from next to this host. */
export async function checkWayIn(plan: MarkPlan, tools: HostTools): Promise<Diagnostic[]> {
  const own = parseOwnAddresses(await tools.readAddresses());
  const said = parseLogin(sshConnection() ?? '');
  // a login to another network namespace is not decided on by the rules of this one
  const login = said !== undefined && own.addresses.includes(said.server) ? said : undefined;
  const ofVicinity = checkVicinity(plan, {
    own,
    networks: parseWays(await tools.readConnected()),
    ports: [...new Set([login?.serverPort ?? SSH, SSH])],
  });
  if (login === undefined || checkLogin(plan, answerTo(login, own)).length === 0) return ofVicinity;
  return [...checkLogin(plan, answerTo(login, own, await ctmarkOf(login, tools))), ...ofVicinity];
}

/** What conntrack remembers of the flow of a login: its decision, where it has one. */
async function ctmarkOf(login: Login, { flows }: HostTools): Promise<number> {
  const { listing = '' } = await flows.read('decided').catch((error: unknown) => {
    // what cannot be known makes a warning too many, and stops nobody
    if (error instanceof CommandFailed) return { listing: undefined };
    throw error;
  });
  const flow = parseFlows(listing).flows.find(({ original }) => isOf(login, original));
  return flow?.ctmark ?? 0;
}

function isOf({ client, clientPort, server, serverPort }: Login, { src, sport, dst, dport }: Tuple): boolean {
  return src === client && sport === clientPort && dst === server && dport === serverPort;
}
