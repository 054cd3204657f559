import js from '@eslint/js';
import ts from 'typescript-eslint';
import { house } from './scripts/house.mjs';

const FILE = '[a-z0-9-]+(?:/[a-z0-9-]+)*\\.ts';

/** The row of a place as a lint rule: every import that the row does not name is refused. */
function houseRule(place, { imports = [], types = [], packages = [] }, depth) {
  const up = depth === 0 ? '\\./' : '\\.\\./'.repeat(depth);
  const neighbours = (names) =>
    names.map((name) => up + (name.endsWith('.ts') ? name.replace('.', '\\.') : `${name}/${FILE}`));
  const inside = depth > 1 ? `(?:\\./|(?:\\.\\./){1,${depth - 1}})` : '\\./';
  const own = depth === 0 ? [] : [`${inside}(?:${FILE}|validator\\.js)`];
  const everyone = Object.keys(house).filter((name) => !name.includes('/'));
  const allowed = [
    ...own,
    ...neighbours(imports.includes('*') ? everyone : imports),
    ...packages.map((name) => name.replace('*', '[a-z_/]+')),
  ];
  const asTypes = neighbours(types);
  const message = `src/${place} may not import this: see scripts/house.mjs`;
  // the two do not overlap: a type import that any pattern allows is not looked at again
  const patterns = [{ regex: `^(?!(?:${[...allowed, ...asTypes].join('|')})$)`, message }];
  if (types.length > 0) {
    patterns.push({
      regex: `^(?:${asTypes.join('|')})$`,
      message: `${message} (types only)`,
      allowTypeImports: true,
    });
  }
  return {
    files: [place.endsWith('.ts') ? `src/${place}` : `src/${place}/${'*/'.repeat(depth - 1)}*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

/** How many ../ lead out of a place depends on how deep a file lies in it. */
function houseRules([place, row]) {
  const depths = place.endsWith('.ts') ? [place.split('/').length - 1] : [1, 2, 3];
  return depths.map((depth) => houseRule(place, row, depth));
}

const SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'exports have names' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'exports have names' },
  { selector: 'TSEnumDeclaration', message: 'use a union of literals' },
  { selector: 'TSModuleDeclaration', message: 'use a module' },
];

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
      'no-restricted-syntax': ['error', ...SYNTAX],
      'no-bitwise': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      // a place without a row imports nothing
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '', message: 'this place has no row in scripts/house.mjs' }] },
      ],
      'no-restricted-syntax': [
        'error',
        ...SYNTAX,
        { selector: 'ImportExpression', message: 'only cli/ loads on demand' },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
    },
  },
  { files: ['src/domain/**/*.ts', 'test/unit/domain/**/*.ts'], rules: { 'no-bitwise': 'off' } },
  ...Object.entries(house).flatMap(houseRules),
  {
    files: ['src/cli/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...SYNTAX,
        {
          selector: 'ImportExpression:not([source.value=/^\\.\\.?\\u002f.*\\.ts$/])',
          message: 'only files of src/ are loaded on demand',
        },
      ],
    },
  },
  {
    // mocha finds a reporter by its default export
    files: ['test/support/reporter.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.{js,mjs}', 'bin/*'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly' } },
  },
);
