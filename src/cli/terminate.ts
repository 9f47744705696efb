import { exitCodes, type ExitCode } from '../errors.js';
import type { Verb } from './verb.js';

export const terminate: Verb = {
  name: 'terminate',
  usage: 'ID',
  summary: 'Ends a rented machine now, whatever its job does; what was not collected is lost.',
  positionals: { least: 1, most: 1 },
  options: {},
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const { machine, job } = await engine.terminate(given.positional(0), signal);
    const { provider, id, name } = machine;
    terminal.record({ event: 'terminated', provider, id, label: name, job });
    if (!terminal.json) {
      terminal.say(
        `${provider} ${id} (${name}) is gone${job === null ? '' : `, and its job ${job} was stopped`}.`,
      );
    }
    return exitCodes.good;
  },
};
