import { createReadStream } from 'node:fs';
import { exitCodes, hasCode, InputError, messageOf, type ExitCode } from '../errors.js';
import { ProgressReader, toJson, type ProgressPoint } from '../recipes/progress/index.js';
import { describePoint } from './jobReport.js';
import type { Terminal } from './terminal.js';
import type { Verb } from './verb.js';

export const parse: Verb = {
  name: 'parse',
  usage: '<log file or -> [--recipe R]',
  summary: 'Shows what Trainyard reads from a training log.',
  positionals: { least: 1, most: 1 },
  options: { recipe: { type: 'string', value: 'R', help: 'the recipe that wrote it, when known' } },
  async run(given, { terminal }, signal): Promise<ExitCode> {
    const path = given.positional(0);
    const recipe = given.text('recipe');
    const reader = new ProgressReader(recipe === undefined ? {} : { recipe });
    const input = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20, signal });
    try {
      for await (const bytes of input) tell(reader.push(bytes as Uint8Array), terminal);
    } catch (cause) {
      signal.throwIfAborted();
      if (hasCode(cause, 'ENOENT'))
        throw new InputError(`There is no log ${path}; check the path.`, { cause });
      throw new InputError(`The log ${path} cannot be read (${messageOf(cause)}). Make it readable.`, {
        cause,
      });
    }
    const { points, summary } = reader.end();
    tell(points, terminal);
    const { framework, finished, error } = summary;
    terminal.record({ event: 'end', framework, finished, error });
    if (terminal.json) return exitCodes.good;
    terminal.say(`${framework ?? 'unknown framework'}: ${finished ? 'finished' : 'not finished'}`);
    if (error) terminal.say(`${error.message} ${error.fix}`);
    return exitCodes.good;
  },
};

function tell(points: readonly ProgressPoint[], terminal: Terminal): void {
  for (const point of points) {
    terminal.record(toJson(point));
    if (!terminal.json) terminal.say(describePoint(point));
  }
}
