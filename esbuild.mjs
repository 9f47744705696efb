// Builds everything that ships: the extension and the CLI (ESM with shared chunks, so that what is big is
// loaded on first use and classes stay one class) and the job panel's webview.
import { build, context } from 'esbuild';
import { rm } from 'node:fs/promises';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const bench = process.argv.includes('--bench');

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  legalComments: 'none',
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  ...shared,
  outdir: 'dist',
  format: 'esm',
  splitting: true,
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  // ssh2 tries its native helpers and goes on without them; only pure JavaScript ships.
  external: ['vscode', 'cpu-features', '*.node'],
  // CommonJS packages (ssh2) expect what a CommonJS file has.
  banner: {
    js: [
      "import{createRequire as __createRequire}from'node:module';",
      "import{fileURLToPath as __fileURLToPath}from'node:url';",
      'const require=__createRequire(import.meta.url);',
      "const __filename=__fileURLToPath(import.meta.url),__dirname=__fileURLToPath(new URL('.',import.meta.url));",
    ].join(''),
  },
};

/** @type {import('esbuild').BuildOptions} */
const webview = {
  ...shared,
  entryPoints: { panel: 'webview/main.ts', comparison: 'webview/comparison.ts', style: 'webview/style.css' },
  outdir: 'dist/webview',
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
};

// Each door has chunks of its own: code that both use would otherwise lie in many small files, and each file read
// costs the editor's start.
const shipped = [
  { ...node, entryPoints: { extension: 'src/extension.ts' } },
  { ...node, entryPoints: { cli: 'src/cli.ts' } },
  // The thread that reads a folder which is sent.
  { ...node, entryPoints: { folderReader: 'src/remote/transfer/folderReader.ts' } },
  webview,
];
// What `npm run bench transfer` measures, as it would ship.
const measured = {
  ...node,
  outdir: 'out/bench',
  entryPoints: [
    ...['measure', 'lineProcess', 'memory'].map((program) => `bench/transfer/${program}.ts`),
    'src/remote/transfer/folderReader.ts',
  ],
  entryNames: '[name]',
};
const doors = bench ? [measured] : shipped;

await rm(bench ? measured.outdir : 'dist', { recursive: true, force: true });
if (watch) {
  for (const options of doors) {
    await (await context({ ...options, logLevel: 'info' })).watch();
  }
} else {
  await Promise.all(doors.map((options) => build(options)));
}
