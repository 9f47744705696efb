import { exitCodes, type ExitCode } from '../errors.js';
import { readLog } from '../jobs/logReading.js';
import { toJson } from '../recipes/progress/index.js';
import { jobRecord } from '../jobs/jobRecord.js';
import { describeJob } from './jobDescription.js';
import { describePoint } from './jobReport.js';
import type { Verb } from './verb.js';

export const show: Verb = {
  name: 'show',
  usage: 'JOB',
  summary: 'Says everything about one job.',
  positionals: { least: 1, most: 1 },
  options: {},
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const id = await engine.resolveJob(given.positional(0));
    const job = await engine.job(id);
    const driver = await engine.driver(id);
    const { log } = engine.folder(id);
    const { points, modelSamples } = await readLog(log, job.spec.recipe, null, signal);
    const last = points.at(-1);
    const now = Date.now();
    terminal.record({
      ...jobRecord(job, driver, now),
      parameters: job.spec.parameters,
      timeline: job.timeline,
      files: job.collected,
      log,
      last: last ? toJson(last) : null,
      samples: modelSamples,
    });
    if (terminal.json) return exitCodes.good;
    for (const line of describeJob(job, driver, now)) terminal.say(line);
    if (last) terminal.say(`last values ${describePoint(last)}`);
    if (modelSamples > 0)
      terminal.say(`samples     ${modelSamples}, images in ${engine.folder(id).modelSamples}`);
    return exitCodes.good;
  },
};
