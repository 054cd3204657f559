import assert from 'node:assert/strict';
import { parseHost } from '../../src/host/parse.ts';
import type { HostTexts } from '../../src/host/parse.ts';
import type { HostState } from '../../src/host/state.ts';

/** `-A` lines, and `:CHAIN` lines where a chain is empty or its policy matters, as iptables-save prints a table. */
export function mangleText(rules: string): string {
  const lines = rules.split('\n').map((line) => line.trim());
  return ['*mangle', ...lines.filter((line) => line !== ''), 'COMMIT', ''].join('\n');
}

/** A host from what its tools print, with mast0 up and table 50; what is left out is empty. */
export function hostOf({ mangle = '', ...texts }: Partial<HostTexts> = {}): HostState {
  const { state, diagnostics } = parseHost(
    {
      mangle: mangleText(mangle),
      ipRules: '',
      routes: '',
      link: '2: mast0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN',
      sysctls: '',
      ...texts,
    },
    { device: 'mast0', table: 50 },
  );
  assert.deepEqual(diagnostics, []);
  assert.ok(state);
  return state;
}
