import { formatBytes, formatDuration, formatUsd } from '../format.js';
import { costUsd, elapsedMs, modelOf, type Job } from '../jobs/job.js';
import type { Driver } from '../jobs/lease.js';
import { formatPlace } from '../jobs/place.js';
import { stateWords } from './jobReport.js';

/** `succeeded`, or `training, nobody is watching`. */
export function describeState(job: Job, driver: Driver): string {
  const { stage } = job;
  if (stage.state === 'ended') return stage.outcome;
  return driver.kind === 'none' ? `${stateWords[stage.state]}, nobody is watching` : stateWords[stage.state];
}

/** Everything about a job, a fact a line. */
export function describeJob(job: Job, driver: Driver, now: number): string[] {
  const { spec, stage } = job;
  const model = modelOf(job);
  const usd = costUsd(job, now);
  const rows: [string, string][] = [
    ['job', spec.id],
    ['state', describeState(job, driver)],
    ['recipe', spec.recipe],
    ['where', formatPlace(spec.place)],
    ['dataset', spec.dataset],
    [
      'parameters',
      Object.entries(spec.parameters)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    ],
    ['started', spec.created],
    ['elapsed', formatDuration(elapsedMs(job, now))],
    ['attempt', String(job.attempt)],
  ];
  if (stage.state === 'ended') {
    const { message, fix } = stage.reason;
    rows.push(['reason', fix === null ? message : `${message} ${fix}`]);
  }
  if (model) rows.push(['model', `${model.path} (${formatBytes(model.bytes)})`], ['sha256', model.sha256]);
  if (usd > 0) rows.push(['cost', formatUsd(usd)]);
  return rows.filter(([, value]) => value !== '').map(([name, value]) => `${name.padEnd(11)} ${value}`);
}
