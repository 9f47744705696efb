import { resolve } from 'node:path';
import { exitCodes, InputError, type ExitCode } from '../errors.js';
import { formatBytes } from '../format.js';
import type { Job } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { follow, isTrainingByItself } from './following.js';
import type { Verb } from './verb.js';

export const attach: Verb = {
  name: 'attach',
  usage: 'JOB',
  summary: 'Follows a job to its end, and takes it over when nobody else drives it.',
  positionals: { least: 1, most: 1 },
  options: {},
  async run(given, door, signal): Promise<ExitCode> {
    return follow(await door.engine.resolveJob(given.positional(0)), door, {}, signal);
  },
};

export const stop: Verb = {
  name: 'stop',
  usage: 'JOB',
  summary: 'Stops a job: a last checkpoint, then its results are collected.',
  positionals: { least: 1, most: 1 },
  options: {},
  async run(given, door, signal): Promise<ExitCode> {
    const id = await door.engine.resolveJob(given.positional(0));
    await door.engine.requestStop(id);
    await follow(id, door, { past: 'skipped' }, signal);
    const { stage } = await door.engine.job(id);
    return stage.state === 'ended' && stage.outcome === 'failed' ? exitCodes.jobFailed : exitCodes.good;
  },
};

export const resume: Verb = {
  name: 'resume',
  usage: 'JOB [--hours H]',
  summary: 'Lets a stopped or failed job go on from its newest checkpoint.',
  positionals: { least: 1, most: 1 },
  options: { hours: { type: 'string', value: 'H', help: 'hours added to the limit' } },
  async run(given, door, signal): Promise<ExitCode> {
    const id = await door.engine.resolveJob(given.positional(0));
    const hours = given.positiveNumber('hours');
    if (hours !== undefined && (await door.engine.job(id)).hours === null)
      throw new InputError(`The job ${id} has no time limit; leave --hours out.`);
    await door.engine.requestResume(id);
    if (hours !== undefined) await door.engine.extend(id, hours);
    return follow(id, door, { past: 'skipped' }, signal);
  },
};

export const collect: Verb = {
  name: 'collect',
  usage: 'JOB [--to DIR]',
  summary: 'Brings what a job has saved so far: its model, else its newest checkpoint.',
  positionals: { least: 1, most: 1 },
  options: {
    to: { type: 'string', value: 'DIR', help: 'folder for the files (default: where the results go)' },
  },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const id = await engine.resolveJob(given.positional(0));
    const to = given.text('to');
    const files = await engine.collect(
      id,
      to === undefined ? to : resolve(to),
      (name) => terminal.status(name),
      signal,
    );
    for (const file of files) {
      terminal.record({ event: 'file', ...file });
      if (!terminal.json)
        terminal.say(`${file.path} (${formatBytes(file.bytes)}, sha256 ${file.sha256} verified)`);
    }
    return exitCodes.good;
  },
};

export const extend: Verb = {
  name: 'extend',
  usage: 'JOB --hours H',
  summary: 'Gives a running training more time.',
  positionals: { least: 1, most: 1 },
  options: { hours: { type: 'string', value: 'H', help: 'hours added to the limit' } },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const hours = given.positiveNumber('hours');
    if (hours === undefined) throw new InputError('Say how much longer: trainyard extend JOB --hours H.');
    const id = await engine.resolveJob(given.positional(0));
    const job = await engine.extend(id, hours);
    if ((await engine.driver(id)).kind === 'none') await passOnExtension(job, engine, signal);
    terminal.record({ event: 'extended', job: id, hours: job.hours });
    if (!terminal.json) terminal.say(`${id} may now train for ${job.hours ?? hours} hours in all.`);
    return exitCodes.good;
  },
};

/** While nobody drives the job, the limit that its training was started with would end it all the same. */
async function passOnExtension(job: Job, engine: Trainyard, signal: AbortSignal): Promise<void> {
  if (isTrainingByItself(job.stage)) await engine.passOnExtension(job, signal);
}
