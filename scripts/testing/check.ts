import { runNode } from './command.js';
import { nothing, type Part } from './part.js';

const typescript = 'node_modules/typescript/bin/tsc';

/** What needs no running to be wrong: each is one thing that fails or does not. */
export const checks: readonly Part[] = [
  check('types', [typescript, '-p', 'tsconfig.json']),
  check('types of the webview', [typescript, '-p', 'webview/tsconfig.json']),
  check('lint', ['node_modules/oxlint/bin/oxlint', '.']),
  check('format', ['node_modules/oxfmt/bin/oxfmt', '--check']),
];

/** Makes what the integration and editor tests run: the same bundle that ships. */
export const build: Part = check('build', ['esbuild.mjs', '--production']);

function check(name: string, command: readonly string[]): Part {
  return {
    name,
    async run(show) {
      const { code } = await runNode(command, { show });
      return code === 0 ? nothing : { ...nothing, failed: 1 };
    },
  };
}
