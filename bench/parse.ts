// Measures the reader of training output as it is shipped: bundled. `npm run bench parse`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const folder = mkdtempSync(path.join(tmpdir(), 'trainyard-bench-'));
const outfile = path.join(folder, 'measure.mjs');
try {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'parsing/measure.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  // As in the editor; then in little memory, where a reader that keeps what it has read would die.
  const parts = [
    [outfile, 'kinds'],
    ['--max-old-space-size=200', outfile, 'gigabyte'],
  ];
  const codes = parts.map((args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status);
  process.exitCode = codes.find((code) => code !== 0) ?? 0;
} finally {
  rmSync(folder, { recursive: true });
}
