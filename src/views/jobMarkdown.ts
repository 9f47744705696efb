import { formatBytes, formatDuration, formatNumber, formatPosition, formatUsd } from '../format.js';
import { costUsd, elapsedMs, modelOf, type Job } from '../jobs/job.js';
import { l10n } from '../l10n.js';
import { reasonWords } from './endReason.js';
import { hasRented } from './jobMachines.js';
import { stateOf, whereNow } from './jobWords.js';
import type { MetricSummary } from './metricSummary.js';
import { knownFacts } from './treeRow.js';

/** A job as Markdown: what it was, its parameters, what its metrics came to. `now` in milliseconds since the epoch. */
export function jobMarkdown(job: Job, metrics: readonly MetricSummary[], now: number): string {
  const { spec } = job;
  const parameters = Object.entries(spec.parameters).filter(([, value]) => value !== '');
  return [
    `### ${plain(spec.name)}`,
    '',
    ...factsOf(job, now).map(([name, text]) => `- ${name}: ${plain(text)}`),
    ...table(
      [l10n.t('Parameter'), l10n.t('Value')],
      parameters.map(([name, value]) => [name, String(value)]),
    ),
    ...table([l10n.t('Metric'), l10n.t('Last'), l10n.t('Best'), l10n.t('Best at')], metrics.map(metricCells)),
    '',
  ].join('\n');
}

function factsOf(job: Job, now: number) {
  const { spec, stage } = job;
  const model = modelOf(job);
  return knownFacts([
    [l10n.t('State'), stateOf({ job, fraction: null })],
    [l10n.t('End'), stage.state === 'ended' ? reasonWords(stage.reason).message : null],
    [l10n.t('Recipe'), spec.recipe],
    [l10n.t('Dataset'), spec.dataset],
    [l10n.t('Where'), whereNow(job)],
    [l10n.t('Time'), formatDuration(elapsedMs(job, now))],
    [l10n.t('Cost'), hasRented(job) ? formatUsd(costUsd(job, now)) : null],
    [l10n.t('Model'), model ? `${model.path} (${formatBytes(model.bytes)}, sha256 ${model.sha256})` : null],
  ]);
}

function metricCells({ name, last, best, bestAt }: MetricSummary): string[] {
  return [
    name,
    formatNumber(last),
    best === null ? '' : formatNumber(best),
    bestAt ? `${bestAt.unit} ${formatPosition(bestAt.position)}` : '',
  ];
}

/** As Markdown; an empty table is none. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return ['', line(heading), line(heading.map(() => '---')), ...rows.map(line)];
}

/** What people call things is text: no character of it may become markup or end a cell. */
const plain = (text: string): string =>
  text === '---' ? text : text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&').replace(/\s+/g, ' ');
