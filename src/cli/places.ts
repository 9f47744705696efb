import { exitCodes, type ExitCode } from '../errors.js';
import type { Verb } from './verb.js';

export const providers: Verb = {
  name: 'providers',
  usage: '',
  summary: 'Lists the places where training can run.',
  positionals: { least: 0, most: 0 },
  options: {},
  async run(_given, { engine, terminal }, signal): Promise<ExitCode> {
    for (const provider of engine.providers.all) {
      const instances = await provider.list(signal);
      terminal.record({ provider: provider.id, title: provider.title, instances: instances.length });
      if (!terminal.json)
        terminal.say(
          `${provider.id.padEnd(8)} ${provider.title} (${instances.map(({ name }) => name).join(', ') || 'none yet'})`,
        );
    }
    return exitCodes.good;
  },
};

export const instances: Verb = {
  name: 'instances',
  usage: '',
  summary: 'Lists the machines, with their state, price and job.',
  positionals: { least: 0, most: 0 },
  options: {},
  async run(_given, { engine, terminal }, signal): Promise<ExitCode> {
    for (const { instance, job, ssh } of await engine.machines(signal)) {
      const { provider, id, name, state, usdPerHour } = instance;
      terminal.record({ provider, id, label: name, state, usdPerHour, job, ssh });
      if (!terminal.json) terminal.say(`${provider.padEnd(8)} ${name}  ${state}  ${job ?? 'no job'}`);
    }
    return exitCodes.good;
  },
};
