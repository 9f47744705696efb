import type { FleetSnapshot, ProviderView } from '../fleet.js';
import type { Job } from '../jobs/job.js';
import type { Pace } from '../jobs/offers/expectedCost.js';
import { l10n } from '../l10n.js';
import type { Instance } from '../providers/provider.js';
import type { Listed } from '../trainyard.js';
import { cloudRow, type CloudCard } from './cloudRow.js';
import { instanceStateWord } from './instanceWords.js';
import { jobRow, type ListedJob } from './jobRow.js';
import type { Paces } from './liveProgress.js';
import type { OpenPorts } from './portForwards.js';
import { cloudOf, jobsOf } from './rentedMachines.js';
import { isWanted, type TreeChoice } from './treeChoice.js';
import { problemRow, type TreeRow } from './treeRow.js';
import { workspaceRows } from './workspaceRow.js';

export interface TreeContext {
  readonly paces: Paces;
  /** Ports of machines that lead here. */
  readonly ports: OpenPorts;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the labels that this Trainyard gives its machines. */
  readonly mark: string;
  /** Every cloud there is, in the order people see them. */
  readonly clouds: readonly CloudCard[];
  readonly choice: TreeChoice;
  /** Absolute paths of the folders that are open in this window. */
  readonly openFolders: readonly string[];
}

const noPace: Pace = { progress: null, etaSeconds: null };

/**
 * Providers → machines → jobs, or folders → jobs and below them what is rented. Empty while there is neither a job, nor
 * a key, nor a machine the user has added.
 */
export function toTree(snapshot: FleetSnapshot, context: TreeContext): readonly TreeRow[] {
  const isNew = snapshot.jobs.length === 0 && snapshot.providers.every(hasNothingToShow);
  if (isNew) return [];
  const listed = snapshot.jobs.filter((entry) => 'job' in entry);
  const wanted = listed.filter(({ job }) => isWanted(job, context.choice));
  const jobs = wanted.map((entry) => toFacts(entry, context));
  const all = jobsOf(snapshot);
  const unreadable = snapshot.jobs.filter((entry) => 'error' in entry).map(unreadableRow);
  if (context.choice.grouping === 'workspace') {
    const rented = cloudRows(snapshot, [], all, context).filter(({ children }) => children.length > 0);
    return [...workspaceRows(jobs, context.openFolders, context.now), ...rented, ...unreadable];
  }
  const own = snapshot.providers.filter(({ rents }) => !rents);
  return [
    ...own.map((provider) => ownRow(provider, jobs, all, context.now)),
    ...cloudRows(snapshot, jobs, all, context),
    ...unreadable,
  ];
}

/** Which jobs are shown, of how many; `null` when it is all of them. */
export function describeChoice(
  { jobs }: FleetSnapshot,
  choice: TreeChoice,
): { readonly shown: number; readonly all: number } | null {
  if (choice.groups.length === 0) return null;
  const listed = jobs.filter((entry) => 'job' in entry);
  return { shown: listed.filter(({ job }) => isWanted(job, choice)).length, all: listed.length };
}

/** Whether a provider of machines of the user's own is neither in trouble nor lists one that the user has added. */
const hasNothingToShow = ({ id, rents, instances, error }: ProviderView): boolean =>
  !rents && error === null && (id === 'local' || instances.length === 0);

function toFacts(
  { id, job, driver, remedy }: Extract<Listed, { job: Job }>,
  { paces, ports }: Pick<TreeContext, 'paces' | 'ports'>,
): ListedJob {
  const pace = paces.get(id) ?? noPace;
  return { job, driver, remedy, pace, fraction: pace.progress, ports: ports.get(id) ?? [] };
}

/** Clouds with a key, and those without one that jobs were at. `all`: also those that are not shown. */
function cloudRows(
  { providers }: FleetSnapshot,
  jobs: readonly ListedJob[],
  all: readonly Job[],
  { clouds, mark, now }: TreeContext,
): TreeRow[] {
  const rented = jobs
    .filter(({ job }) => job.spec.rent !== null)
    .map((facts) => ({ facts, cloud: cloudOf(facts.job) }));
  return clouds.flatMap((cloud) => {
    const view = providers.find(({ id, rents }) => rents && id === cloud.id) ?? null;
    const its = rented.filter((each) => each.cloud === cloud.id).map(({ facts }) => facts);
    return view || its.length > 0 ? [cloudRow(view, its, { cloud, jobs: all, mark, now })] : [];
  });
}

/** @param all also jobs that are not shown: a machine that one of them is on is not idle */
function ownRow(
  provider: ProviderView,
  jobs: readonly ListedJob[],
  all: readonly Job[],
  now: number,
): TreeRow {
  const { id, title, instances, error } = provider;
  const isOwn = ({ spec }: Job): boolean => spec.rent === null && spec.place.provider === id;
  const own = jobs.filter(({ job }) => isOwn(job));
  const busy = new Set(
    all.filter((job) => isOwn(job) && job.stage.state !== 'ended').map((job) => instanceIdOf(job, instances)),
  );
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
      ...instances.map((instance) =>
        ownMachineRow(instance, jobsOn(instance.id, own, instances), !busy.has(instance.id), now),
      ),
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

function ownMachineRow(
  instance: Instance,
  jobs: readonly ListedJob[],
  isFree: boolean,
  now: number,
): TreeRow {
  const { provider, id, name, state } = instance;
  return {
    id: `${provider}/${id}`,
    subject: { kind: 'instance', provider, instance: id, jobId: null },
    label: name,
    description: provider === 'local' || state === 'running' ? '' : instanceStateWord(state),
    facts: [
      [l10n.t('Machine'), name],
      [l10n.t('Jobs'), String(jobs.length)],
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
    subject: { kind: 'instance', provider, instance: name, jobId: null },
    label: name,
    description: l10n.t('not in the list'),
    facts: [[l10n.t('Machine'), name]],
    icon: { name: 'server', color: 'disabledForeground' },
    tags: ['instance', provider, 'unlisted'],
    children: jobs.map((facts) => jobRow(`${provider}/${name}`, facts, now)),
  };
}

function unreadableRow({ id, error }: Extract<Listed, { error: string }>): TreeRow {
  return { ...problemRow(`unreadable/${id}`, error), label: id, description: error };
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
  if (before === after) return [];
  if (!haveSameIds(before.children, after.children) || !looksTheSame(before, after)) return [after.id];
  return changedRows(before.children, after.children);
}

function looksTheSame(before: TreeRow, after: TreeRow): boolean {
  const { label, description, icon } = after;
  return (
    before.label === label &&
    before.description === description &&
    before.icon.name === icon.name &&
    before.icon.color === icon.color &&
    before.tags.join(' ') === after.tags.join(' ') &&
    before.facts.length === after.facts.length &&
    before.facts.every(([name, text], index) => {
      const now = after.facts[index];
      return now?.[0] === name && now[1] === text;
    }) &&
    JSON.stringify(before.subject) === JSON.stringify(after.subject)
  );
}

const haveSameIds = (a: readonly TreeRow[], b: readonly TreeRow[]): boolean =>
  a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
