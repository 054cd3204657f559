import Mocha from 'mocha';

/** mocha's usual report, and one line that any reader of a log understands. */
export default class ClosingLine extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const counts = [`${String(passes)} passed`, `${String(failures)} failed`];
      if (pending > 0) counts.push(`${String(pending)} skipped`);
      // behind the epilogue, which mocha prints on the same event
      setImmediate(() => {
        process.stdout.write(`${counts.join(', ')}\n`);
      });
    });
  }
}
