// npm run bench [name]: runs bench/<name>.ts, or one after the other all there are.
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { buildForProduction, foreground } from './foreground.js';

const [wanted, ...rest] = process.argv.slice(2);
const names = readdirSync('bench')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));
const chosen = wanted === undefined ? names : names.filter((name) => name === wanted);
if (chosen.length === 0) {
  console.error(`There is no bench called "${wanted ?? ''}": say ${names.join(', ')} or nothing.`);
  process.exit(2);
}

await buildForProduction();
for (const name of chosen) {
  console.log(`\n── ${name} ──`);
  const code = await foreground(process.execPath, ['--import', 'tsx', `bench/${name}.ts`, ...rest]);
  if (code !== 0) process.exitCode = code;
}
