import { relative } from 'node:path';
import { exitCodes, type ExitCode } from '../errors.js';
import { launchOptions, parametersOf } from './launch.js';
import type { Verb } from './verb.js';

export const customize: Verb = {
  name: 'customize',
  usage: '<folder or trainyard.yaml> [--recipe R] [--set k=v]',
  summary:
    'Copies the training program of a recipe into the folder, as a script of your own that trains the same.',
  positionals: { least: 1, most: 1 },
  options: {
    recipe: { type: 'string', value: 'R', help: 'whose program (default: what fits best)' },
    set: launchOptions.set,
  },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const { files, runFile, entry } = await engine.customize(
      { path: given.positional(0), recipe: given.text('recipe'), parameters: parametersOf(given) },
      signal,
    );
    terminal.record({ event: 'customized', entry, runFile, files });
    if (!terminal.json) {
      for (const file of files) terminal.say(fromHere(file));
      terminal.say(`Change ${fromHere(entry)} and train with it: trainyard train ${fromHere(runFile)}`);
    }
    return exitCodes.good;
  },
};

/** The shorter way to say a path: from the folder one stands in, when it is below. */
function fromHere(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith('..') || way === '' ? path : way;
}
