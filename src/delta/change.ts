import type { HostState } from '../host/state.ts';
import type { Step } from './step.ts';

/** From what a host holds to what it should hold, among the things that are ours. */
export interface Change {
  readonly live: HostState;
  readonly target: HostState;
  /** What is ours to touch outside of our own chains. Applying: the target. Undoing: what was to be applied. */
  readonly ours: HostState;
  /** Whether it is all the same what others have in front of ours. */
  readonly isPlaceFree?: boolean;
}

/** What a host is to be brought to. */
export interface Goal extends Pick<Change, 'ours' | 'isPlaceFree'> {
  /** It depends on what others have where ours goes. */
  readonly targetOn: (live: HostState) => HostState;
}

/** What is done before the marks are set, and what after they are gone. */
export interface Phases {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}
