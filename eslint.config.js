import js from '@eslint/js';
import ts from 'typescript-eslint';
import { house } from './scripts/house.mjs';

/** The row of the house as a lint rule: every import path that the row does not name is refused. */
function houseRule(place, { imports = [], types = [], packages = [] }) {
  const isFolder = !place.endsWith('.ts');
  // ../ leads out of a folder to its neighbours; a file of src/ finds them beside it
  const up = isFolder ? '(?:\\.\\./)+' : '\\./';
  const anyOf = (names) => (names.length === 0 ? '(?!)' : `(?:${names.join('|')})`);
  const neighbours = imports.includes('*') ? `${up}[a-z]` : `${up}${anyOf([...imports, ...types])}/`;
  const own = isFolder ? '\\./|(?:\\.\\./)+[a-z-]+\\.ts$' : '(?!)';
  const modules = anyOf(packages.map((name) => `${name.replace('*', '.+')}$`));
  const message = `src/${place} may not import this: see scripts/house.mjs`;
  const refused = [{ regex: `^(?!${neighbours}|${own}|${modules})`, message }];
  const typesOnly = {
    regex: `^${up}${anyOf(types)}/`,
    message: `${message} (types only)`,
    allowTypeImports: true,
  };
  return {
    files: [isFolder ? `src/${place}/**/*.ts` : `src/${place}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: types.length === 0 ? refused : [...refused, typesOnly] },
      ],
    },
  };
}

export default ts.config(
  { ignores: ['dist/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `!` is not allowed, and noUncheckedIndexedAccess does not see the bounds of a loop
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'exports have names' },
        { selector: 'TSEnumDeclaration', message: 'use a union of literals' },
        { selector: 'TSModuleDeclaration', message: 'use a module' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-bitwise': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
    },
  },
  { files: ['src/domain/**/*.ts'], rules: { 'no-bitwise': 'off' } },
  ...Object.entries(house).map(([place, row]) => houseRule(place, row)),
  {
    files: ['test/**/*.ts'],
    rules: {
      // mocha finds a reporter by its default export, and describe and it return nothing to wait for
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}', 'bin/*'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly' } },
  },
);
