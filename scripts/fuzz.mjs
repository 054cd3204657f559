/** npm run fuzz: bytes that nobody would write, for every reader of what others print. */
import { run, setUp } from './setup.mjs';

setUp();
process.exitCode = run(process.execPath, ['dist/fuzz/main.js', ...process.argv.slice(2)]);
