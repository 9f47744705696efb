import { exitCodes, type ExitCode } from '../errors.js';
import { formatDuration } from '../format.js';
import { elapsedMs } from '../jobs/job.js';
import { formatPlace } from '../jobs/place.js';
import type { Listed } from '../trainyard.js';
import { jobRecord } from '../jobs/jobRecord.js';
import { describeState } from './jobDescription.js';
import type { Verb } from './verb.js';

export const jobs: Verb = {
  name: 'jobs',
  usage: '',
  summary: 'Lists the jobs, newest first.',
  positionals: { least: 0, most: 0 },
  options: {},
  async run(_given, { engine, terminal }): Promise<ExitCode> {
    const listed = await engine.jobs();
    const now = Date.now();
    for (const entry of listed) {
      terminal.record(
        'job' in entry ? jobRecord(entry.job, entry.driver, now) : { job: entry.id, error: entry.error },
      );
    }
    if (terminal.json) return exitCodes.good;
    if (listed.length === 0) terminal.say('No jobs yet. Begin with: trainyard train <folder>');
    for (const entry of listed) terminal.say(describe(entry, now));
    return exitCodes.good;
  },
};

function describe(entry: Listed, now: number): string {
  if (!('job' in entry)) return `${entry.id}  ${entry.error}`;
  const { job, driver } = entry;
  const where = formatPlace(job.spec.place);
  return `${entry.id.padEnd(28)}  ${describeState(job, driver)} · ${job.spec.recipe} · ${where} · ${formatDuration(elapsedMs(job, now))}`;
}
