/** The iptables-parser: iptables-save text in and out. Knows nothing of policies. */
export { sameRule } from './identity.ts';
export { parseRule } from './parse-rule.ts';
export { parseSave, printSave } from './parse-save.ts';
export type { SaveReading } from './parse-save.ts';
export { printRule } from './print-rule.ts';
export type { AnyRule, Arg, Jump, Match, Opaque, OpaqueRule, Rule, Target } from './rule.ts';
export type { Counters, RuleLine, Save, SaveLine } from './save.ts';
export { statusOf, tableOf } from './table.ts';
export type { Chain, Table, TableRule, TableStatus } from './table.ts';
export { splitWords } from './words.ts';
export type { Word } from './words.ts';
