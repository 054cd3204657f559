/** npm run bench: figures as ratios against a peer in the same run. */
import { run, setUp } from './setup.mjs';

setUp();
process.exitCode = run(process.execPath, ['dist/bench/main.js', ...process.argv.slice(2)]);
