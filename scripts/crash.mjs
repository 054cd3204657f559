/** npm run test:crash: the program is killed wherever it writes, and what it leaves is looked at. */
import { run, setUp } from './setup.mjs';

setUp();
process.exitCode = run(process.execPath, ['dist/crash/main.js', ...process.argv.slice(2)]);
