import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import type { Accounts } from './accounts.ts';
import { NO_ACCOUNTS } from './accounts.ts';
import type { OneOrMore, PolicyData } from './data.ts';
import type { YamlDocument } from './document.ts';
import { readYaml } from './yaml.ts';
import { cidrsOf, entryOf } from './entry.ts';
import type { NamedNetworks, Policy, Protection } from './policy.ts';
import type { PolicyPart } from './parts.ts';
import { uniteParts } from './parts.ts';
import { sarefLines } from './saref-map.ts';
import { checkShape } from './shape.ts';
import type { Place } from './sides.ts';
import { namedNetworks, sidesOf } from './sides.ts';

export interface PolicyReading {
  readonly policy: Policy | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** YAML text to a Policy; undefined with diagnostics (SM1001, SM1002) when the text has not its shape. */
export function parsePolicy(source: Source, accounts = NO_ACCOUNTS): PolicyReading {
  const { document, diagnostics } = readYaml(source);
  return document === undefined ? { policy: undefined, diagnostics } : parseParts([{ document }], accounts);
}

/** The same for a policy of several files (SM1004 to SM1008). */
export function parseParts(parts: readonly PolicyPart[], accounts = NO_ACCOUNTS): PolicyReading {
  const { document, diagnostics } = uniteParts(parts);
  if (document === undefined) return { policy: undefined, diagnostics };
  const problems = checkShape(document, 'policy');
  if (problems.length > 0) return { policy: undefined, diagnostics: problems };
  return { policy: policyOf(document, accounts), diagnostics: [] };
}

function policyOf(document: YamlDocument, accounts: Accounts): Policy {
  const data = document.data as PolicyData;
  const { mast, sarefs = {}, defaults = {} } = data;
  const named = namedNetworks(document, data.networks ?? {});
  const sidesFor = (key: 'src' | 'dst'): Policy['defaults'][typeof key] =>
    sidesOf({ document, path: ['defaults', key], named }, defaults[key]);
  const sides = { src: sidesFor('src'), dst: sidesFor('dst') };
  return {
    dataplane: data.dataplane ?? 'mast',
    layout: data.layout ?? 'auto',
    tracking: data.tracking ?? 'packet',
    replies: data.replies ?? 'tunnel',
    mast: {
      interface: mast?.interface ?? 'mast0',
      table: mast?.table ?? 50,
      ikePorts: mast?.['ike-ports'] ?? [500, 4500],
    },
    sarefs: sarefs === 'pluto' ? sarefs : sarefLines(document, ['sarefs'], sarefs),
    networks: named,
    protect: protectionOf(document, named, data.protect),
    defaults: sides,
    entries: data.entries.map((entry, index) =>
      entryOf({ document, named, defaults, sides, accounts }, entry, index),
    ),
  };
}

/** A list is one of networks; a map says what is left out. */
function protectionOf(
  document: YamlDocument,
  named: readonly NamedNetworks[],
  data: PolicyData['protect'],
): Protection {
  const isMap = typeof data === 'object' && !Array.isArray(data) && 'networks' in data;
  const { networks, except } = isMap
    ? data
    : { networks: data as OneOrMore<string> | undefined, except: undefined };
  const place = (...path: readonly string[]): Place => ({ document, path: ['protect', ...path], named });
  const sides = {
    networks: sidesOf(isMap ? place('networks') : place(), networks) ?? [],
    except: sidesOf(place('except'), except) ?? [],
  };
  return {
    ...sides,
    inside: sides.networks.flatMap((side) => cidrsOf(side).map((cidr) => ({ value: cidr, span: side.span }))),
    outside: sides.except.flatMap(cidrsOf),
  };
}
