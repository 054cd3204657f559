/** Every exit code, once. A usage error never shares a code with "differs". */
export const EXIT = {
  done: 0,
  /** An error; nothing was written. */
  error: 1,
  /** With --detailed-exitcode: there are differences. */
  changesPending: 2,
  /** Written and taken back. */
  undone: 3,
  notUndone: 4,
  /** Verification or rehearsal failed. */
  notVerified: 5,
  usage: 64,
  policyInvalid: 65,
  backendMissing: 69,
  locked: 75,
  noPrivilege: 77,
  /** `exec` did not start the program. */
  refused: 125,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
