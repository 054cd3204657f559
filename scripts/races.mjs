/** npm run test:races: others write while we do, again and again, on the real thing. */
import { run, setUp } from './setup.mjs';

setUp();
process.exitCode = run(process.execPath, ['dist/races/main.js', ...process.argv.slice(2)]);
