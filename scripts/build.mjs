/**
 * npm run build: TypeScript to dist/, the policy's schema to the code that checks it, so that no run of
 * the program has to compile a schema first, and beside them what is used as it is. The program itself is
 * in fewer and larger files: to find and read 400 takes longer than to check a policy of a few conns.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

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
  const can = (name) => type.includes(name);
  return [key, { isList: can('array'), isNumber: can('integer'), isText: can('string') }];
});
const columnsCode = `export const entryColumns = ${JSON.stringify(Object.fromEntries(columns))};\n`;
writeFileSync(`${root}/dist/src/policy/validator.js`, `${code}\n${columnsCode}`);
copyFileSync(schemaFile, `${root}/dist/src/policy/policy.schema.json`);

// as deep as dist/src/cli, for what is looked for from a file's own place
const program = `${root}/dist/program/cli`;
rmSync(program, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['main', 'watchdog', 'progress-worker'].map((name) => `${root}/dist/src/cli/${name}.js`),
  outdir: program,
  bundle: true,
  // a command loads what it needs
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // some packages of npm still ask with require()
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  absWorkingDir: root,
  logLevel: 'warning',
  metafile: true,
});
for (const script of ['sender.pl', 'responder.pl'])
  for (const folder of [`${root}/dist/src/system`, program])
    copyFileSync(`${root}/src/system/${script}`, `${folder}/${script}`);
writeFileSync(`${root}/dist/program/LICENSES`, licensesOf(Object.keys(metafile.inputs)));

/** Of the packages that a program holds: each is to be passed on with its licence. */
function licensesOf(files) {
  const folders = new Set(
    files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
    const file = readdirSync(`${root}/${folder}`).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence to pass on`);
    return `${name} ${version} (${license})\n\n${readFileSync(`${root}/${folder}/${file}`, 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
