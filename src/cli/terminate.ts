import { exitCodes, type ExitCode } from '../errors.js';
import type { Verb } from './verb.js';

export const terminate: Verb = {
  name: 'terminate',
  usage: 'ID [--gone]',
  summary: 'Ends a rented machine now, whatever its job does; what was not collected is lost.',
  positionals: { least: 1, most: 1 },
  options: {
    gone: {
      type: 'boolean',
      help: 'only note that it is gone, on your word: when its key is lost, no list can say so',
    },
  },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    if (given.flag('gone')) {
      const id = given.positional(0);
      const { spec } = await engine.declareGone(id, signal);
      terminal.record({ event: 'declared-gone', id, job: spec.id });
      if (!terminal.json)
        terminal.say(`${id} counts as gone. "trainyard attach ${spec.id}" brings its job to its end.`);
      return exitCodes.good;
    }
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
