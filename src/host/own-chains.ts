import type { TableRule } from '../iptables/table.ts';

/** All chains of this prefix are ours, whoever made them. */
export function isOurChain(name: string): boolean {
  return name.startsWith('SAREF-');
}

/** Whether a rule is ours for where it leads: somebody, maybe an older version, put it there. */
export function leadsToOurs({ rule }: TableRule): boolean {
  const target = rule.kind === 'rule' ? rule.target : undefined;
  return (target?.kind === 'jump' || target?.kind === 'goto') && isOurChain(target.chain);
}
