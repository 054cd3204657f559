const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals that ask this process to end, kept until it has put things in order. */
export interface Signals {
  /** The first that came. */
  received(): NodeJS.Signals | undefined;
  /** From here on they do what they do, the one that came too. */
  release(): void;
}

export function holdSignals(): Signals {
  let first: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals): void => {
    first ??= signal;
  };
  for (const signal of ENDING) process.on(signal, note);
  return {
    received: () => first,
    release() {
      for (const signal of ENDING) process.off(signal, note);
      if (first !== undefined) process.kill(process.pid, first);
    },
  };
}
