/**
 * npm test: everything that CI asks for. `npm test -- --grep WORDS` hands its arguments to mocha and
 * leaves out what looks at the whole: lint and coverage.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { run, setUp } from './setup.mjs';

setUp();
const selection = process.argv.slice(2);
const mocha = [
  'node_modules/mocha/bin/mocha.js',
  '--fail-zero',
  ...(process.geteuid() === 0 ? ['--forbid-pending'] : []),
];
// nothing ever loads a file that holds only types, and coverage would count it as 0 %
const typesOnly = readdirSync('dist/src', { recursive: true }).filter(
  (file) => file.endsWith('.js') && readFileSync(`dist/src/${file}`, 'utf8').startsWith('export {};'),
);
const excluded = [...typesOnly, 'policy/validator.js'].map((file) => `--exclude=dist/src/${file}`);
const parts =
  selection.length > 0
    ? [[process.execPath, [...mocha, ...selection]]]
    : [
        ['npm', ['run', '--silent', 'lint']],
        [process.execPath, ['node_modules/c8/bin/c8.js', ...excluded, process.execPath, ...mocha]],
      ];
// all parts run, whatever the first one says
process.exitCode = parts.map(([file, args]) => run(file, args)).find((code) => code !== 0) ?? 0;
