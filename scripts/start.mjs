/** npm start: the shipped policy, rehearsed. */
import { run, setUp } from './setup.mjs';

setUp();
process.exitCode = run('bin/saref-mark', ['rehearse', 'policies/site.yaml', ...process.argv.slice(2)]);
