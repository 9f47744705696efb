import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Only the doors of the editor may know VS Code; the engine is plain Node. */
const engine = ['src/**/*.ts'];
const editor = ['src/extension.ts', 'src/commands/**', 'src/views/**'];

const noVscode = {
  name: 'vscode',
  message: 'Only src/extension.ts, src/commands/ and src/views/ may import vscode.',
};
/** An arrow runs down only: doors → trainyard.ts → jobs → providers, remote, recipes. */
const above = {
  jobs: ['**/commands/**', '**/views/**', '**/cli/**', '**/trainyard.js', '**/fleet.js'],
  leaves: ['**/commands/**', '**/views/**', '**/cli/**', '**/jobs/**', '**/trainyard.js', '**/fleet.js'],
};
const leaf = (folder, others) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      { paths: [noVscode], patterns: [...above.leaves, ...others.map((other) => `**/${other}/**`)] },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'out/', '.cache/', 'node_modules/', 'samples/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './webview/tsconfig.json'] },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            'describe',
            'it',
            'test',
            'suite',
            'before',
            'after',
            'beforeEach',
            'afterEach',
          ],
        },
      ],
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: engine,
    ignores: editor,
    rules: { 'no-restricted-imports': ['error', { paths: [noVscode] }] },
  },
  {
    files: ['src/jobs/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [noVscode], patterns: above.jobs }] },
  },
  leaf('providers', ['remote', 'recipes']),
  leaf('remote', ['providers', 'recipes']),
  leaf('recipes', ['providers', 'remote']),
  {
    files: ['scripts/**', 'bench/**', 'test/**', '*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
      },
    },
    rules: { 'no-console': 'off', 'no-restricted-exports': 'off' },
  },
);
