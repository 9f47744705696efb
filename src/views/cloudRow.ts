import type { ProviderView } from '../fleet.js';
import { formatDuration, formatPrice, formatUsd } from '../format.js';
import type { Job } from '../jobs/job.js';
import { l10n } from '../l10n.js';
import type { CloudProvider } from '../providers/cloud.js';
import { describeMachine, gpuWords, machineCostUsd, machineName, sinceMs } from './instanceWords.js';
import { jobRow, type ListedJob } from './jobRow.js';
import { priceOf, rentedMachines, type RentedMachine } from './rentedMachines.js';
import { knownFacts, problemRow, type Fact, type RowIcon, type TreeRow } from './treeRow.js';

/** What is known of a cloud without asking it. */
export type CloudCard = Pick<CloudProvider, 'id' | 'title' | 'facts'>;

export interface CloudRowContext {
  readonly cloud: CloudCard;
  /** Every job of this computer: one that has moved on may have left a machine here. */
  readonly jobs: readonly Job[];
  /** Of the labels that this Trainyard gives. */
  readonly mark: string;
  readonly now: number;
}

/** Less than this is worth a word before the next training: some clouds end machines when there is nothing left. */
const littleUsd = 5;

/**
 * A cloud with its machines, the jobs on them, and below these the jobs that have no machine: those that look for one,
 * and those that have ended.
 * @param jobs those that are or were at this cloud
 * @param view `null` while there is no key: nobody knows what runs there
 */
export function cloudRow(
  view: ProviderView | null,
  jobs: readonly ListedJob[],
  context: CloudRowContext,
): TreeRow {
  const { cloud, mark, now } = context;
  const machines = view ? rentedMachines(view, context.jobs, mark, now) : [];
  const onMachine = new Set(machines.flatMap((rented) => rented.jobs));
  const listed = new Map(jobs.map((facts) => [facts.job, facts] as const));
  const rows = machines.map((rented) => machineRow(rented, listed, context));
  const others = jobs.filter(({ job }) => !onMachine.has(job));
  const balanceUsd = view?.balanceUsd ?? null;
  return {
    id: cloud.id,
    subject: { kind: 'provider', provider: cloud.id },
    label: cloud.title,
    description: view ? balanceWords(balanceUsd) : l10n.t('no key'),
    facts: knownFacts([
      [l10n.t('Machines'), view ? String(machines.length) : null],
      [l10n.t('Money left'), balanceUsd === null ? null : formatUsd(balanceUsd)],
    ]),
    icon: { name: 'cloud' },
    tags: ['provider', cloud.id, 'cloud'],
    children: [
      ...problemsOf(view, jobs, cloud).map((message) => problemRow(`${cloud.id}/problem`, message)),
      ...rows,
      ...others.map((facts) => jobRow(`${cloud.id}/-`, facts, now)),
    ],
  };
}

function balanceWords(balanceUsd: number | null): string {
  return balanceUsd === null || balanceUsd >= littleUsd ? '' : l10n.t('{0} left', formatUsd(balanceUsd));
}

/** Without a key only the journals speak; what they rented may still run. */
function problemsOf(
  view: ProviderView | null,
  jobs: readonly ListedJob[],
  { title, facts }: CloudCard,
): string[] {
  if (view) return view.error === null ? [] : [view.error];
  const mayRun = jobs.some(({ job: { stage, launches } }) => stage.state !== 'ended' && launches.length > 0);
  if (!mayRun) return [];
  return [
    l10n.t('There is no key for {0}, so nobody knows what runs there. Look at {1}.', title, facts.consoleUrl),
  ];
}

function machineRow(
  rented: RentedMachine,
  listed: ReadonlyMap<Job, ListedJob>,
  context: CloudRowContext,
): TreeRow {
  const { machine, owner } = rented;
  const id = `${machine.provider}/${machine.id}`;
  return {
    id,
    subject: {
      kind: 'instance',
      provider: machine.provider,
      instance: machine.id,
      jobId: rented.jobs[0]?.spec.id ?? null,
    },
    label: machineName(rented),
    description: describeMachine(rented, context.now),
    facts: factsOf(rented, context),
    icon: iconOf(rented),
    tags: ['instance', machine.provider, machine.state, owner, ...abilitiesOf(rented, context.cloud)],
    children: rented.jobs.flatMap((job) => {
      const facts = listed.get(job);
      return facts ? [jobRow(id, facts, context.now)] : [];
    }),
  };
}

/** What can be done with a rented machine. What is not ours is only looked at. */
export const machineAbilities = ['terminable', 'stoppable', 'startable', 'reachable', 'console'] as const;

/**
 * A job whose machine is stopped takes another one, so only machines that no job is on can be stopped; `reachable` is
 * one that a job's own key opens.
 */
function abilitiesOf(
  { machine: { state }, owner, jobs }: RentedMachine,
  { facts }: CloudCard,
): readonly (typeof machineAbilities)[number][] {
  if (owner === 'foreign') return ['console'];
  const canStop = facts.stoppedCosts !== null && jobs.length === 0;
  return [
    'terminable',
    ...(canStop && state === 'running' ? (['stoppable'] as const) : []),
    ...(canStop && state === 'stopped' ? (['startable'] as const) : []),
    ...(jobs.length > 0 && state === 'running' ? (['reachable'] as const) : []),
    'console',
  ];
}

function factsOf(rented: RentedMachine, { cloud, now }: CloudRowContext): Fact[] {
  const { machine, deadline, owner } = rented;
  const { id, name, region, stateWord, problem, locked } = machine;
  const since = sinceMs(rented);
  const cost = owner === 'foreign' ? null : machineCostUsd(rented, now);
  return knownFacts([
    [l10n.t('Provider'), cloud.title],
    [l10n.t('Machine'), id],
    [l10n.t('Label'), name === '' ? null : name],
    ['GPU', gpuWords(rented)],
    [l10n.t('Region'), region],
    [l10n.t('{0} says', cloud.title), stateWord],
    [l10n.t('Price'), priceOf(rented) > 0 ? formatPrice(priceOf(rented)) : null],
    [l10n.t('Since'), since === null ? null : dateWords(since)],
    [l10n.t('Cost so far'), cost === null ? null : formatUsd(cost)],
    [l10n.t('To be gone'), owner === 'foreign' ? null : deadlineWords(deadline, now)],
    [l10n.t('Problem'), problem],
    [l10n.t('Protected'), locked ? l10n.t('It is locked in the console, so it is not ended.') : null],
  ]);
}

let dates: Intl.DateTimeFormat | undefined;
/** The format is made once and late: making one takes tens of milliseconds, which the editor's start has not. */
function dateWords(ms: number): string {
  dates ??= new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });
  return dates.format(ms);
}

function deadlineWords(deadline: number | null, now: number): string | null {
  if (deadline === null) return null;
  const left = deadline * 1000 - now;
  return left <= 0
    ? l10n.t('{0} ago', formatDuration(-left))
    : l10n.t('in {0} at the latest', formatDuration(Math.ceil(left / 60_000) * 60_000));
}

function iconOf({ machine: { state }, owner, madeFor }: RentedMachine): RowIcon {
  if (owner === 'foreign') return { name: 'vm', color: 'disabledForeground' };
  if (madeFor?.overdue != null) return { name: 'warning', color: 'problemsErrorIcon.foreground' };
  switch (state) {
    case 'running':
      return { name: 'vm-running', color: 'charts.green' };
    case 'starting':
    case 'terminating':
      return { name: 'vm-outline', color: 'charts.yellow' };
    case 'interrupted':
    case 'failed':
    case 'unknown':
      return { name: 'warning', color: 'problemsWarningIcon.foreground' };
    case 'stopped':
    case 'gone':
      return { name: 'vm-outline', color: 'disabledForeground' };
    default:
      return state satisfies never;
  }
}
