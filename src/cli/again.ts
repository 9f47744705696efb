import { resolve } from 'node:path';
import { InputError, type ExitCode } from '../errors.js';
import { launch, launchOptions, parametersOf } from './launch.js';
import type { Verb } from './verb.js';

export const again: Verb = {
  name: 'again',
  usage: 'JOB [--set k=v]… [options]',
  summary: 'Runs an ended job once more as a new one: same dataset, recipe, parameters and place.',
  positionals: { least: 1, most: 1 },
  options: {
    ...launchOptions,
    'max-hours': { type: 'string', value: 'H', help: 'stop the training after this many hours' },
    to: { type: 'string', value: 'DIR', help: 'folder for the model (default: where it went before)' },
  },
  async run(given, door, signal): Promise<ExitCode> {
    const { engine } = door;
    const job = await engine.job(await engine.resolveJob(given.positional(0)));
    if (job.stage.state !== 'ended') {
      throw new InputError(
        `The job ${job.spec.id} is still ${job.stage.state}. Run it again when it has ended, or stop it first.`,
      );
    }
    const request = await engine.again(job.spec.id, parametersOf(given));
    const to = given.text('to');
    const hours = given.positiveNumber('max-hours');
    return launch(
      { ...request, hours: hours ?? request.hours, to: to === undefined ? request.to : resolve(to) },
      given,
      door,
      signal,
    );
  },
};
