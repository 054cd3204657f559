/** The iptables-parser: iptables-save text in and out. Knows nothing of policies. See README.md. */
export { canonicalRule, compareRules, sameRule } from './compare.ts';
export type { Comparison, RuleContext } from './compare.ts';
export type { Arg } from './option.ts';
export { parseRule } from './parse-rule.ts';
export { parseSave } from './parse-save.ts';
export type { SaveReading } from './parse-save.ts';
export { parseVersion, printerDefect, printerOf } from './printer.ts';
export type { Printer, PrinterDefect } from './printer.ts';
export { printRule } from './print-rule.ts';
export { printSave } from './print-save.ts';
export { declareChain, printRestore, UnwritableLine } from './restore.ts';
export type { RestoreLine } from './restore.ts';
export type { AnyRule, Jump, Match, Opaque, OpaqueRule, Rule, Target } from './rule.ts';
export type { ChainLine, Counters, RuleLine, Save, SaveLine } from './save.ts';
export { statusOf, tableOf } from './table.ts';
export type { Chain, Table, TableRule, TableStatus } from './table.ts';
export { splitWords } from './words.ts';
export type { Word } from './words.ts';
