import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleContext } from '../../src/iptables/compare.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { ROOT } from './bin.ts';

/** One line of a `.t` file: a rule as it is typed, and as iptables-save prints it. */
export interface RuleCase extends RuleContext {
  readonly file: string;
  readonly line: number;
  readonly chains: readonly string[];
  readonly typed: string;
  readonly saved: string;
  /** Back ends that print it so. */
  readonly backends: readonly BackendName[];
}

const FOLDER = join(ROOT, 'fixtures/iptables');

const ONLY: Readonly<Record<string, readonly BackendName[]>> = {
  LEGACY: ['legacy'],
  NFT: ['nf_tables'],
};

/**
 * The form of netfilter's own tests (iptables/extensions/*.t): `:CHAINS`, `*table`, and lines of
 * `typed;saved;OK`, `=` for a rule that is saved as it was typed, and LEGACY or NFT behind it where
 * one back end alone prints that. In files named `*.ip6.t` the addresses are IPv6.
 */
export function ruleCases(): readonly RuleCase[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.t'))
    .flatMap(casesOf);
}

function casesOf(file: string): RuleCase[] {
  let [chains, table]: [readonly string[], string] = [[], ''];
  const family = file.endsWith('.ip6.t') ? 'ipv6' : 'ipv4';
  const lines = readFileSync(join(FOLDER, file), 'latin1').split('\n').slice(0, -1);
  return lines.flatMap((text, index) => {
    if (text.startsWith(':')) chains = text.slice(1).split(',');
    else if (text.startsWith('*')) table = text.slice(1);
    else {
      const [typed = '', saved = '', verdict, only = '', ...rest] = text.split(';');
      assert.ok(verdict === 'OK' && rest.length === 0, `${file}: ${text}`);
      const backends = only === '' ? Object.values(ONLY).flat() : ONLY[only];
      assert.ok(backends !== undefined, `${file}: ${text}`);
      return {
        ...{ file, line: index + 1, family, table, chains, typed, backends },
        saved: saved === '=' ? typed : saved,
      } as const;
    }
    return [];
  });
}
