import { formatBytes, formatUsd } from '../format.js';
import { modelOf, openRentals, type Job } from '../jobs/job.js';
import { expectedTotalUsd, type Pace } from '../jobs/offers/expectedCost.js';
import { l10n } from '../l10n.js';
import type { Remedy } from '../jobs/remedy.js';
import type { Parameters } from '../recipes/recipe.js';
import { reasonWords } from './endReason.js';
import { abilitiesOf } from './jobAbilities.js';
import { activityOf, describeBelowPlace, describeRow, type JobFacts } from './jobWords.js';
import type { OpenPort } from './portForwards.js';
import { groupOf } from './treeChoice.js';
import { knownFacts, type Fact, type RowIcon, type TreeRow } from './treeRow.js';

/** A job, how far it is, and what can be done about the way it ended. */
export interface ListedJob extends JobFacts {
  readonly remedy: Remedy | null;
  readonly pace: Pace;
  /** Ports of its machine that lead here. */
  readonly ports: readonly OpenPort[];
}

/** The row of a job below another row, which says the place unless it is to be said here. */
export function jobRow(parent: string, facts: ListedJob, now: number, { saysPlace = false } = {}): TreeRow {
  const { job } = facts;
  const id = `${parent}/${job.spec.id}`;
  const known = finishedRows.get(job);
  if (known?.id === id && facts.ports.length === 0) return known;
  const row = toRow(id, facts, now, saysPlace);
  if (isOver(facts)) finishedRows.set(job, row);
  return row;
}

/** Of jobs that are over: theirs are most of the rows, and never change. */
const finishedRows = new WeakMap<Job, TreeRow>();

const isOver = ({ job, driver, ports }: ListedJob): boolean =>
  job.stage.state === 'ended' &&
  driver.kind === 'none' &&
  ports.length === 0 &&
  openRentals(job).length === 0;

function toRow(id: string, facts: ListedJob, now: number, saysPlace: boolean): TreeRow {
  const { job, remedy } = facts;
  const { id: jobId, name } = job.spec;
  return {
    id,
    subject: { kind: 'job', jobId },
    label: name,
    description: saysPlace ? describeRow(facts, now) : describeBelowPlace(facts, now),
    facts: factsOf(facts, now),
    icon: iconOf(job),
    tags: ['job', groupOf(job), ...abilitiesOf(job), ...(remedy ? [remedy.kind] : [])],
    children: facts.ports.map((port) => portRow(id, port)),
  };
}

function portRow(parent: string, { jobId, port, localPort }: OpenPort): TreeRow {
  return {
    id: `${parent}/port-${port}`,
    subject: { kind: 'port', jobId, port },
    label: l10n.t('port {0}', port),
    description: `http://localhost:${localPort}`,
    facts: [],
    icon: { name: 'plug' },
    tags: ['port'],
    children: [],
  };
}

function factsOf(facts: ListedJob, now: number): Fact[] {
  const { job, pace } = facts;
  const { spec, stage } = job;
  const model = modelOf(job);
  const expectedUsd = stage.state === 'ended' ? null : expectedTotalUsd(job, pace, now);
  return knownFacts([
    [l10n.t('Job'), spec.id],
    [l10n.t('Now'), activityOf(facts)],
    [l10n.t('End'), stage.state === 'ended' ? endText(reasonWords(stage.reason)) : null],
    [l10n.t('Recipe'), spec.recipe],
    [l10n.t('Dataset'), spec.dataset],
    [l10n.t('Parameters'), parametersText(spec.parameters)],
    [l10n.t('Attempt'), job.attempt > 1 ? String(job.attempt) : null],
    [l10n.t('Expected in all'), expectedUsd === null ? null : formatUsd(expectedUsd)],
    [l10n.t('Budget'), spec.limits.budgetUsd === null ? null : formatUsd(spec.limits.budgetUsd)],
    [l10n.t('Model'), model ? `${model.path} (${formatBytes(model.bytes)})` : null],
  ]);
}

function parametersText(parameters: Parameters): string | null {
  const set = Object.entries(parameters).filter(([, value]) => value !== '');
  return set.length === 0 ? null : set.map(([name, value]) => `${name}=${value}`).join(' ');
}

const endText = ({ message, fix }: { message: string; fix: string | null }): string =>
  fix === null ? message : `${message} ${fix}`;

function iconOf({ stage, stopRequested, overdue }: Job): RowIcon {
  if (stage.state !== 'ended') {
    if (overdue !== null) return { name: 'warning', color: 'problemsErrorIcon.foreground' };
    return { name: 'sync~spin', color: stopRequested ? 'charts.yellow' : 'charts.blue' };
  }
  switch (stage.outcome) {
    case 'succeeded':
      return { name: 'pass', color: 'testing.iconPassed' };
    case 'failed':
      return { name: 'error', color: 'testing.iconFailed' };
    case 'cancelled':
      return { name: 'circle-slash', color: 'disabledForeground' };
    default:
      return stage.outcome satisfies never;
  }
}
