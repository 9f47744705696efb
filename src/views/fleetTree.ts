import type { FleetSnapshot, ProviderView } from '../fleet.js';
import { formatBytes } from '../format.js';
import { modelOf, type Job } from '../jobs/job.js';
import type { Remedy } from '../jobs/remedy.js';
import type { Instance } from '../providers/provider.js';
import type { Parameters } from '../recipes/recipe.js';
import type { Listed } from '../trainyard.js';
import { abilitiesOf } from './jobAbilities.js';
import { activityOf, describeRow, type JobFacts } from './jobWords.js';

/** What a row stands for; commands of its menu get this. */
export type Subject =
  | { readonly kind: 'provider'; readonly provider: string }
  | { readonly kind: 'instance'; readonly provider: string; readonly instance: string }
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'problem' };

/** One row of the tree, as plain data. */
export interface TreeRow {
  /** `provider/instance/job`: the same row at every look. */
  readonly id: string;
  readonly subject: Subject;
  readonly label: string;
  readonly description: string;
  /** Facts for the tooltip, `name` and text each; the text is shown as it is. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly icon: RowIcon;
  /** Words that menus look for. */
  readonly tags: readonly string[];
  readonly children: readonly TreeRow[];
}

/** A ThemeIcon; the colour says the state and nothing else. */
export interface RowIcon {
  readonly name: string;
  readonly color?: string;
}

/** A job and what can be done about the way it ended. */
type ListedJob = JobFacts & { readonly remedy: Remedy | null };

/** The training's progress by job, where it is known. */
export type Fractions = ReadonlyMap<string, number>;

/** Providers → instances → jobs. Empty while there is neither a job nor a machine the user has added. */
export function toTree(snapshot: FleetSnapshot, fractions: Fractions, now: number): readonly TreeRow[] {
  const jobs = snapshot.jobs.filter((entry) => 'job' in entry);
  const unreadable = snapshot.jobs.filter((entry) => 'error' in entry);
  const isNew = snapshot.jobs.length === 0 && snapshot.providers.every(hasNothingToShow);
  if (isNew) return [];
  const facts = jobs.map(({ id, job, driver, remedy }) => ({
    job,
    driver,
    fraction: fractions.get(id) ?? null,
    remedy,
  }));
  return [
    ...snapshot.providers.map((provider) => providerRow(provider, facts, now)),
    ...unreadable.map(unreadableRow),
  ];
}

/** Whether a provider is neither in trouble nor lists a machine that the user has added. */
const hasNothingToShow = ({ id, instances, error }: ProviderView): boolean =>
  error === null && (id === 'local' || instances.length === 0);

function providerRow(provider: ProviderView, jobs: readonly ListedJob[], now: number): TreeRow {
  const { id, title, instances, error } = provider;
  const own = jobs.filter(({ job }) => job.spec.place.provider === id);
  const unlisted = new Set(own.map(({ job }) => instanceIdOf(job, instances)));
  for (const instance of instances) unlisted.delete(instance.id);
  return {
    id,
    subject: { kind: 'provider', provider: id },
    label: title,
    description: '',
    facts: [],
    icon: { name: id === 'local' ? 'device-desktop' : 'server-environment' },
    tags: ['provider', id],
    children: [
      ...(error === null ? [] : [problemRow(`${id}/problem`, error)]),
      ...instances.map((instance) => instanceRow(instance, jobsOn(instance.id, own, instances), now)),
      ...[...unlisted].map((name) => unlistedRow(id, name, jobsOn(name, own, instances), now)),
    ],
  };
}

function jobsOn(instanceId: string, jobs: readonly ListedJob[], instances: readonly Instance[]): ListedJob[] {
  return jobs.filter(({ job }) => instanceIdOf(job, instances) === instanceId);
}

/** The machine a job belongs to: what the user named, else the only one its provider has. */
function instanceIdOf({ spec }: Job, instances: readonly Instance[]): string {
  return spec.place.destination ?? instances[0]?.id ?? spec.place.provider;
}

function instanceRow(instance: Instance, jobs: readonly ListedJob[], now: number): TreeRow {
  const { provider, id, name, state, usdPerHour } = instance;
  const isFree = jobs.every(({ job }) => job.stage.state === 'ended');
  const price = usdPerHour > 0 ? ` · $${usdPerHour.toFixed(2)}/h` : '';
  return {
    id: `${provider}/${id}`,
    subject: { kind: 'instance', provider, instance: id },
    label: name,
    description: `${provider === 'local' || state === 'running' ? '' : state}${price}`,
    facts: [
      ['Machine', name],
      ['Jobs', String(jobs.length)],
    ],
    icon: { name: provider === 'local' ? 'vm' : 'server' },
    tags: ['instance', provider, state, ...(isFree ? ['idle'] : [])],
    children: jobs.map((facts) => jobRow(`${provider}/${id}`, facts, now)),
  };
}

/** A machine that jobs were on and that its provider does not list (any more). */
function unlistedRow(provider: string, name: string, jobs: readonly ListedJob[], now: number): TreeRow {
  return {
    id: `${provider}/${name}`,
    subject: { kind: 'instance', provider, instance: name },
    label: name,
    description: 'not in the list',
    facts: [['Machine', name]],
    icon: { name: 'server', color: 'disabledForeground' },
    tags: ['instance', provider, 'unlisted'],
    children: jobs.map((facts) => jobRow(`${provider}/${name}`, facts, now)),
  };
}

function jobRow(parent: string, facts: ListedJob, now: number): TreeRow {
  const { job, remedy } = facts;
  const { id, name } = job.spec;
  return {
    id: `${parent}/${id}`,
    subject: { kind: 'job', jobId: id },
    label: name,
    description: describeRow(facts, now),
    facts: jobFacts(facts),
    icon: jobIcon(job),
    tags: [
      'job',
      job.stage.state === 'ended' ? job.stage.outcome : 'running',
      ...abilitiesOf(job),
      ...(remedy ? [remedy.kind] : []),
    ],
    children: [],
  };
}

function jobFacts(facts: JobFacts): (readonly [string, string])[] {
  const { job } = facts;
  const { spec, stage } = job;
  const model = modelOf(job);
  const all: (readonly [string, string | null])[] = [
    ['Job', spec.id],
    ['Now', activityOf(facts)],
    ['End', stage.state === 'ended' ? endText(stage.reason) : null],
    ['Recipe', spec.recipe],
    ['Dataset', spec.dataset],
    ['Parameters', parametersText(spec.parameters)],
    ['Attempt', job.attempt > 1 ? String(job.attempt) : null],
    ['Model', model ? `${model.path} (${formatBytes(model.bytes)})` : null],
  ];
  return all.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
}

function parametersText(parameters: Parameters): string | null {
  const set = Object.entries(parameters).filter(([, value]) => value !== '');
  return set.length === 0 ? null : set.map(([name, value]) => `${name}=${value}`).join(' ');
}

const endText = ({ message, fix }: { message: string; fix: string | null }): string =>
  fix === null ? message : `${message} ${fix}`;

function jobIcon({ stage, stopRequested }: Job): RowIcon {
  if (stage.state !== 'ended') {
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

function unreadableRow({ id, error }: Extract<Listed, { error: string }>): TreeRow {
  return { ...problemRow(`unreadable/${id}`, error), label: id, description: error };
}

/** An error is a row: it is there as long as its cause, and disturbs nobody. */
export function problemRow(id: string, message: string): TreeRow {
  return {
    id,
    subject: { kind: 'problem' },
    label: message,
    description: '',
    facts: [['Problem', message]],
    icon: { name: 'warning', color: 'problemsWarningIcon.foreground' },
    tags: ['problem'],
    children: [],
  };
}

/**
 * The rows to draw again to get from one tree to another: a row for its own change, its parent when rows come or go.
 * `null` stands for the root.
 */
export function changedRows(before: readonly TreeRow[], after: readonly TreeRow[]): (string | null)[] {
  if (!haveSameIds(before, after)) return [null];
  return after.flatMap((row, index) => {
    const earlier = before[index];
    return earlier ? changesWithin(earlier, row) : [row.id];
  });
}

function changesWithin(before: TreeRow, after: TreeRow): (string | null)[] {
  const { children: old, ...ownBefore } = before;
  const { children: now, ...ownAfter } = after;
  if (!haveSameIds(old, now) || JSON.stringify(ownBefore) !== JSON.stringify(ownAfter)) return [after.id];
  return changedRows(old, now);
}

const haveSameIds = (a: readonly TreeRow[], b: readonly TreeRow[]): boolean =>
  a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
