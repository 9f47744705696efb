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
  const { status } = spawnSync(process.execPath, ['--max-old-space-size=200', outfile], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
