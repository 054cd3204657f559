import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import type { Accounts } from './accounts.ts';
import { NO_ACCOUNTS } from './accounts.ts';
import type { PolicyData } from './data.ts';
import type { Located } from './document.ts';
import { partOf } from './document.ts';
import { readYaml } from './yaml.ts';
import { cidrsOf, entryOf } from './entry.ts';
import type { NamedNetworks, Policy, Protection } from './policy.ts';
import type { PolicyPart } from './parts.ts';
import { uniteParts } from './parts.ts';
import { sarefLines } from './saref-map.ts';
import { checkShape } from './shape.ts';
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
  return { policy: policyOf(document.root, accounts), diagnostics: [] };
}

function policyOf(root: Located, accounts: Accounts): Policy {
  const data = root.value as PolicyData;
  const { mast, defaults = {} } = data;
  const at = (key: keyof PolicyData): Located | undefined => partOf(root, key);
  const named = namedNetworks(at('networks'));
  const sides = {
    src: sidesOf(partOf(at('defaults'), 'src'), named),
    dst: sidesOf(partOf(at('defaults'), 'dst'), named),
  };
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
    sarefs: data.sarefs === 'pluto' ? 'pluto' : sarefLines(at('sarefs')),
    networks: named,
    protect: protectionOf(at('protect'), named),
    defaults: sides,
    entries: ((at('entries') as Located).items as readonly Located[]).map((entry) =>
      entryOf(entry, { named, defaults, sides, accounts }),
    ),
  };
}

/** A list is one of networks; a map says what is left out. */
function protectionOf(part: Located | undefined, named: readonly NamedNetworks[]): Protection {
  const sides = {
    networks: sidesOf(part?.fields === undefined ? part : partOf(part, 'networks'), named) ?? [],
    except: sidesOf(partOf(part, 'except'), named) ?? [],
  };
  return {
    ...sides,
    inside: sides.networks.flatMap((side) => cidrsOf(side).map((cidr) => ({ value: cidr, span: side.span }))),
    outside: sides.except.flatMap(cidrsOf),
  };
}
