// npm start: trains the sample dataset on this computer, through everything that a real training goes through.
import { buildForProduction, foreground } from './foreground.js';

await buildForProduction();
const code = await foreground(process.execPath, [
  ...['dist/cli.js', 'train', 'samples/digits', '--yes', '--to', 'models'],
  ...process.argv.slice(2),
]);
if (code === 0) console.log('\nOpen the editor: npm run editor');
process.exitCode = code;
