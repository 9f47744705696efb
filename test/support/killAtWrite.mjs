// Ends the process as a crash would, at one write of a job's journal: `node --import killAtWrite.mjs dist/cli.js …`.
// KILL_AT_WRITE counts from 1 the lines that reach the disk; KILL_WHEN says whether the line still gets there.
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.KILL_AT_WRITE);
const before = process.env.KILL_WHEN === 'before';
const open = promises.open;
let writes = 0;

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing more may happen here.
  return new Promise(() => undefined);
}

promises.open = async (path, ...rest) => {
  const file = await open(path, ...rest);
  if (!String(path).endsWith('job.jsonl') || rest[0] !== 'a+') return file;
  writes += 1;
  if (writes !== killAt) return file;
  if (before) file.write = die;
  const sync = file.sync.bind(file);
  file.sync = async () => {
    await sync();
    return die();
  };
  return file;
};
syncBuiltinESMExports();
