import { exitCodes, type ExitCode } from '../errors.js';
import { readLog } from '../jobs/logReading.js';
import { pointsToCsv } from '../jobs/pointsCsv.js';
import { toJson } from '../recipes/progress/index.js';
import { describePoint } from './jobReport.js';
import type { Verb } from './verb.js';

export const metrics: Verb = {
  name: 'metrics',
  usage: 'JOB [--csv]',
  summary: 'Prints every point that was read from the log of a job.',
  positionals: { least: 1, most: 1 },
  options: { csv: { type: 'boolean', help: 'as a table with a column for each metric' } },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const id = await engine.resolveJob(given.positional(0));
    const job = await engine.job(id);
    const { points } = await readLog(engine.folder(id).log, job.spec.recipe, null, signal);
    for (const point of points) terminal.record(toJson(point));
    if (terminal.json) return exitCodes.good;
    if (given.flag('csv')) terminal.say(pointsToCsv(points));
    else for (const point of points) terminal.say(describePoint(point));
    return exitCodes.good;
  },
};
