/**
 * Who may import whom in src/. One row for each folder, and for each file beside them: what it may
 * import of its neighbours, of which of them types only, and which packages. What is not listed is refused.
 */
export const house = {
  domain: {},
  diagnostics: { packages: ['leven'] },
  policy: { imports: ['domain', 'diagnostics'], packages: ['yaml'] },
  plan: { imports: ['domain', 'diagnostics'], types: ['policy'] },
  iptables: { imports: ['domain', 'diagnostics'] },
  host: { imports: ['domain', 'diagnostics', 'iptables'] },
  lower: { imports: ['domain', 'plan', 'iptables', 'host'] },
  trace: { imports: ['domain', 'iptables', 'host'] },
  delta: { imports: ['domain', 'diagnostics', 'iptables', 'host'], packages: ['diff'] },
  flows: { imports: ['domain', 'plan', 'diagnostics'] },
  system: { imports: ['domain'], packages: ['node:*', 'execa'] },
  apply: { imports: ['diagnostics', 'iptables', 'host', 'delta', 'flows'], types: ['system'] },
  verify: {
    imports: ['domain', 'diagnostics', 'plan', 'host', 'trace', 'iptables', 'delta', 'apply'],
    types: ['system'],
  },
  rehearse: {
    imports: ['domain', 'diagnostics', 'plan', 'host', 'trace', 'iptables', 'apply', 'verify'],
    types: ['policy', 'system'],
  },
  state: {
    imports: ['diagnostics', 'iptables', 'host', 'lower', 'delta', 'apply'],
    types: ['system'],
    packages: ['node:crypto'],
  },
  exec: {
    imports: ['domain', 'diagnostics', 'host', 'lower', 'delta', 'apply'],
    types: ['system'],
  },
  cli: { imports: ['*'], packages: ['node:*', 'diff'] },
  'pipeline.ts': {
    imports: ['domain', 'policy', 'plan', 'lower', 'host', 'iptables', 'delta', 'diagnostics'],
  },
  'flow-change.ts': {
    imports: ['domain', 'plan', 'lower', 'host', 'iptables', 'delta', 'flows', 'diagnostics', 'pipeline.ts'],
    types: ['apply'],
  },
  'index.ts': { imports: ['*'] },
};
