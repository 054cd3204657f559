/** The public API: the stages of the pipeline as functions of values. */
export { decide } from './plan/decide.ts';
export type { Decided } from './plan/decide.ts';
export type { ActiveEntry, Decision, MarkPlan, PlannedEntry } from './plan/plan.ts';
export type { Packet } from './domain/packet.ts';
export { frameDiagnostic } from './diagnostics/frame.ts';
export type { Diagnostic, Label } from './diagnostics/diagnostic.ts';
export type { Source, Span } from './diagnostics/source.ts';
export type { HostState } from './host/state.ts';
export { compilePolicy, diffPolicy, readPolicy } from './pipeline.ts';
export type { Compilation, Compiled } from './pipeline.ts';
export type { Step } from './delta/step.ts';
export { trace } from './trace/trace.ts';
export type { Trace } from './trace/trace.ts';
