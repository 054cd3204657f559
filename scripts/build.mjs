/**
 * npm run build: TypeScript to dist/, the policy's schema to the code that checks it, so that no run of
 * the program has to compile a schema first, and beside them what is used as it is.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '--project', root], { stdio: 'inherit' });
if (status !== 0) process.exit(1);

// tsc keeps what it made of a file that is gone, and mocha would go on running it
for (const file of readdirSync(`${root}/dist`, { recursive: true })) {
  const stem = /^((?:src|test|bench|fuzz|crash)\/.+?)(?:\.js|\.js\.map|\.d\.ts)$/.exec(file)?.[1];
  if (stem === undefined || existsSync(`${root}/${stem}.ts`) || existsSync(`${root}/${stem}.d.ts`)) continue;
  rmSync(`${root}/dist/${file}`);
}

const schemaFile = `${root}/src/policy/policy.schema.json`;
const ajv = new Ajv({
  allErrors: true,
  // errors carry the part of the schema that failed: its description is what the user is told
  verbose: true,
  // a SAref is a number, a map or the word `down`
  allowUnionTypes: true,
  strict: true,
  strictRequired: false,
  code: { source: true, esm: true },
});
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
ajv.addSchema(schema, 'policy');
const code = standaloneCode.default(ajv, {
  validatePolicy: 'policy',
  validateSarefMap: 'policy#/$defs/sarefMap',
});
if (/\b(?:require|import)\s*\(/.test(code)) throw new Error('the validator needs ajv at run time');
// what a table of entries can have as columns: the keys whose values fit into a cell
const columns = Object.entries(schema.$defs.entry.properties).map(([key, property]) => {
  const { type = 'string' } = property.$ref ? schema.$defs[property.$ref.split('/').at(-1)] : property;
  return [key, { isList: type.includes('array'), isNumber: type.includes('integer') }];
});
const columnsCode = `export const entryColumns = ${JSON.stringify(Object.fromEntries(columns))};\n`;
writeFileSync(`${root}/dist/src/policy/validator.js`, `${code}\n${columnsCode}`);
copyFileSync(schemaFile, `${root}/dist/src/policy/policy.schema.json`);
for (const program of ['sender.pl', 'responder.pl'])
  copyFileSync(`${root}/src/system/${program}`, `${root}/dist/src/system/${program}`);
