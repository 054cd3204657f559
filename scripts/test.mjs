/**
 * npm test: everything that CI asks for. `npm test -- --grep WORDS` hands its arguments to mocha and
 * leaves out what looks at the whole: lint and coverage.
 */
import { run, setUp } from './setup.mjs';

setUp();
const selection = process.argv.slice(2);
const mocha = [
  'node_modules/mocha/bin/mocha.js',
  '--fail-zero',
  ...(process.geteuid() === 0 ? ['--forbid-pending'] : []),
];
const parts =
  selection.length > 0
    ? [[process.execPath, [...mocha, ...selection]]]
    : [
        ['npm', ['run', '--silent', 'lint']],
        [process.execPath, ['node_modules/c8/bin/c8.js', process.execPath, ...mocha]],
      ];
// all parts run, whatever the first one says
process.exitCode = parts.map(([file, args]) => run(file, args)).find((code) => code !== 0) ?? 0;
