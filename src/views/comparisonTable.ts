import { formatDuration, formatNumber, formatUsd } from '../format.js';
import { costUsd, elapsedMs, type Job } from '../jobs/job.js';
import { l10n } from '../l10n.js';
import type { ComparedJob, ComparisonRow, ComparisonTable } from '../protocol.js';
import { hasRented } from './jobMachines.js';
import { stateOf, whereNow } from './jobWords.js';
import type { MetricSummary } from './metricSummary.js';

/** A job and what became of its metrics so far. */
export interface ComparisonEntry {
  readonly job: Job;
  readonly metrics: readonly MetricSummary[];
}

/** Jobs beside each other: what they are, their parameters, their results. `now` in milliseconds since the epoch. */
export function comparisonTable(entries: readonly ComparisonEntry[], now: number): ComparisonTable {
  return {
    jobs: comparedJobs(entries.map(({ job }) => job)),
    rows: [...jobRows(entries, now), ...parameterRows(entries), ...resultRows(entries)],
  };
}

/** Jobs of one name are told apart by the end of their ids. */
export function comparedJobs(jobs: readonly Job[]): ComparedJob[] {
  return jobs.map(({ spec, stage }) => {
    const isAlone = jobs.filter((other) => other.spec.name === spec.name).length === 1;
    return {
      id: spec.id,
      name: isAlone ? spec.name : `${spec.name} ${spec.id.split('-').at(-1) ?? spec.id}`,
      state: stage.state === 'ended' ? stage.outcome : stage.state,
    };
  });
}

function jobRows(entries: readonly ComparisonEntry[], now: number): ComparisonRow[] {
  const row = (name: string, of: (job: Job) => string | null): ComparisonRow =>
    toRow(
      'job',
      name,
      entries.map(({ job }) => of(job)),
    );
  return [
    row(l10n.t('State'), (job) => stateOf({ job, fraction: null })),
    row(l10n.t('Recipe'), ({ spec }) => spec.recipe),
    row(l10n.t('Dataset'), ({ spec }) => spec.dataset),
    row(l10n.t('Where'), whereNow),
    row(l10n.t('Time'), (job) => formatDuration(elapsedMs(job, now))),
    row(l10n.t('Cost'), (job) => (hasRented(job) ? formatUsd(costUsd(job, now)) : null)),
  ].filter(({ cells }) => cells.some((cell) => cell !== null));
}

function parameterRows(entries: readonly ComparisonEntry[]): ComparisonRow[] {
  const names = new Set(entries.flatMap(({ job }) => Object.keys(job.spec.parameters)));
  return [...names].map((name) => {
    const cells = entries.map(({ job: { spec } }) => {
      const value = Object.hasOwn(spec.parameters, name) ? spec.parameters[name] : undefined;
      return value === undefined || value === '' ? null : String(value);
    });
    return toRow('parameter', name, cells);
  });
}

function resultRows(entries: readonly ComparisonEntry[]): ComparisonRow[] {
  const names = new Set(entries.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  return [...names].map((name) => {
    const its = entries.map(({ metrics }) => metrics.find((metric) => metric.name === name));
    const values = its.map((metric) => (metric ? (metric.best ?? metric.last) : null));
    const cells = values.map((value) => (value === null ? null : formatNumber(value)));
    const better = its.find((metric) => metric !== undefined)?.better ?? null;
    return { ...toRow('result', name, cells), best: better === null ? [] : bestOf(values, better) };
  });
}

function toRow(
  about: ComparisonRow['about'],
  name: string,
  cells: readonly (string | null)[],
): ComparisonRow {
  return { about, name, cells, differs: new Set(cells).size > 1, best: [] };
}

function bestOf(values: readonly (number | null)[], better: 'lower' | 'higher'): number[] {
  const finite = values.filter((value) => value !== null).filter(Number.isFinite);
  if (new Set(finite).size < 2) return [];
  const best = better === 'lower' ? Math.min(...finite) : Math.max(...finite);
  return values.flatMap((value, place) => (value === best ? [place] : []));
}
