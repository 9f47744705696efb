import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../src/errors.js';
import { Journal } from '../../src/jobs/journal.js';
import { costUsd, type Job } from '../../src/jobs/job.js';
import { labelPrefix } from '../../src/providers/cloud.js';
import {
  cloudSetting,
  timeScale,
  type CloudSetting,
  type SimulatedCloudClass,
} from '../support/cloudJobs.js';
import { type CleanUp } from '../support/tempDir.js';
import { waitFor } from '../support/waitFor.js';
import type { ChaosPlan, Kill } from './plan.js';

const repository = join(import.meta.dirname, '../..');
const epochs = 4;
/** What the training writes at its end. */
const wholeModel = `{"epochs": ${epochs}}`;
/** Nothing of ours takes so long with shortened waits; what does hangs. */
const driverMs = 120_000;
/** A driver that died is started again in a second or two, and finds the machine gone after some more. */
const tickSeconds = 10;
/** Real seconds an abandoned machine may live: its own watchdog keeps real time. */
const abandonedHours = 8 / 3600;

/** What a run of chaos left behind. Empty lists are good. */
export interface ChaosResult {
  readonly plan: ChaosPlan;
  readonly cloud: string;
  /** `succeeded`, `failed: reason`, or the state nobody got it out of. */
  readonly end: string;
  readonly machines: number;
  readonly drivers: number;
  readonly faults: number;
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** One job under faults and crashes, to its end and through a sweep; then everything that must hold is looked at. */
export async function runChaos(plan: ChaosPlan, Cloud: SimulatedCloudClass): Promise<ChaosResult> {
  const began = performance.now();
  const ends: (() => Promise<void>)[] = [];
  const cleanUp: CleanUp = { after: (end) => void ends.unshift(end) };
  try {
    const setting = await cloudSetting(cleanUp, Cloud, {
      epochs,
      secondsPerEpoch: 0.05,
      cloud: { chaos: { seed: plan.seed, probability: plan.probability, kinds: plan.kinds } },
      args: argumentsOf(plan),
    });
    const drivers = await drive(plan, setting);
    const job = await jobOf(setting);
    const problems = await problemsOf(setting, job);
    if (problems.length > 0) await keepEvidence(plan, setting);
    return {
      plan,
      cloud: setting.cloud.id,
      end: endOf(job),
      machines: job?.rentals.length ?? 0,
      drivers,
      faults: setting.cloud.faults.decisions.length,
      problems,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    for (const end of ends) await end();
  }
}

function argumentsOf({ abandoned, budgetUsd }: ChaosPlan): string[] {
  if (abandoned) return ['--max-hours', String(abandonedHours)];
  return ['--max-price', '5', ...(budgetUsd === null ? [] : ['--budget', String(budgetUsd)])];
}

/** Lets drivers die as planned, and the last one live; @returns how many there were */
async function drive(plan: ChaosPlan, setting: CloudSetting): Promise<number> {
  let drivers = 0;
  for (const kill of plan.kills) {
    drivers += 1;
    await runDriver(await argsOf(setting), setting, kill);
  }
  if (plan.abandoned) await abandon(setting);
  // As a person would: what did not work out is picked up again, until the job has ended.
  for (let tries = 0; tries < 5; tries += 1) {
    const job = await jobOf(setting);
    if (job?.stage.state === 'ended') break;
    drivers += 1;
    await runDriver(await argsOf(setting), setting, undefined);
  }
  setting.cloud.faults.clear();
  // As cron does: again, while it says that something may still be running.
  for (let sweeps = 0; sweeps < 6; sweeps += 1) {
    if ((await runDriver(['sweep', '--json'], setting, undefined)) === 0) break;
  }
  await settled(setting);
  return drivers;
}

/** Everybody goes home while the job runs: its machine must end by itself, or by the next sweep. */
async function abandon(setting: CloudSetting): Promise<void> {
  const child = spawnDriver(await argsOf(setting), setting, undefined);
  const gone = once(child, 'exit');
  await Promise.race([gone, until(setting, ({ stage }) => stage.state === 'training')]);
  child.kill('SIGKILL');
  await gone;
  await new Promise((resolve) => setTimeout(resolve, abandonedHours * 3_600_000));
}

async function until(setting: CloudSetting, fits: (job: Job) => boolean): Promise<void> {
  await waitFor(
    'the job to be so far',
    async () => {
      const job = await jobOf(setting);
      return job !== undefined && (fits(job) || job.stage.state === 'ended');
    },
    { timeoutMs: driverMs },
  );
}

async function argsOf(setting: CloudSetting): Promise<readonly string[]> {
  const job = await jobOf(setting);
  return job === undefined ? setting.train : ['attach', job.spec.id, '--json'];
}

async function runDriver(
  args: readonly string[],
  setting: CloudSetting,
  kill: Kill | undefined,
): Promise<number | null> {
  const child = spawnDriver(args, setting, kill);
  const tooLong = setTimeout(() => child.kill('SIGKILL'), driverMs);
  await once(child, 'exit');
  clearTimeout(tooLong);
  return child.exitCode;
}

function spawnDriver(args: readonly string[], setting: CloudSetting, kill: Kill | undefined): ChildProcess {
  const preload = kill ? ['--import', join(repository, 'test/support/killAtWrite.mjs')] : [];
  return spawn(process.execPath, [...preload, join(repository, 'dist/cli.js'), ...args], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...setting.cli.env,
      TRAINYARD_HOME: setting.cli.home,
      TRAINYARD_POLL_MS: '50',
      ...(kill ? { KILL_AT_WRITE: String(kill.atWrite), KILL_WHEN: kill.when } : {}),
    },
  });
}

/** What a cloud takes its time for is over: machines that are asked to go are gone. */
async function settled({ cloud }: CloudSetting): Promise<void> {
  const until = performance.now() + 180_000 * timeScale;
  while (cloud.orphans(labelPrefix).length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What happened, for whoever looks into a seed: journal, log and what the cloud was asked. */
async function keepEvidence({ seed }: ChaosPlan, { cloud, cli }: CloudSetting): Promise<void> {
  const folder = join(repository, 'out/chaos', String(seed));
  await cp(join(cli.home, 'jobs'), folder, { recursive: true });
  const asked = cloud.server.requests.map(({ at, method, path, fault, status }) =>
    JSON.stringify({ at, method, path, fault, status }),
  );
  await writeFile(join(folder, 'requests.jsonl'), asked.join('\n'));
}

async function problemsOf(setting: CloudSetting, job: Job | undefined): Promise<string[]> {
  const { cloud, foreign } = setting;
  const orphans = cloud.orphans(labelPrefix).map(({ id }) => `orphan: ${id}`);
  const touched = cloud.touches.map(({ id, what }) => `touched: ${id} (${what})`);
  const foreignGone = cloud.liveMachines.some(({ id }) => id === foreign)
    ? []
    : ['the machine of somebody else is gone'];
  if (!job) return [...orphans, ...touched, ...foreignGone, 'no job ever began'];
  return [
    ...orphans,
    ...touched,
    ...foreignGone,
    ...(job.stage.state === 'ended' ? [] : [`not ended: ${job.stage.state}`]),
    ...unknownMachines(setting, job),
    ...(await lostModels(setting, job)),
    ...(await leakedKeys(setting)),
    ...billProblems(setting, job),
  ];
}

/** Machines that were made and never came into the journal were launched a second time. */
function unknownMachines({ cloud }: CloudSetting, { rentals }: Job): string[] {
  return [...cloud.instances.values()]
    .filter(({ id, madeBy }) => madeBy === 'api' && !rentals.some((rental) => rental.id === id))
    .map(({ id }) => `doubled: ${id}`);
}

/** A training that went well, and was not stopped, has its model here, whole. */
async function lostModels({ models, cli }: CloudSetting, job: Job): Promise<string[]> {
  const journal = await readFile(join(cli.home, 'jobs', job.spec.id, 'job.jsonl'), 'utf8');
  const finished = journal.includes('"training":{"exitCode":0,"signal":null,"cause":"exited"');
  const names = await readdir(models).catch(() => []);
  const whole = await Promise.all(
    names.map(async (name) => (await readFile(join(models, name), 'utf8')) === wholeModel),
  );
  const succeeded = job.stage.state === 'ended' && job.stage.outcome === 'succeeded';
  // A machine that was lost after its model had come here makes a second one.
  if (succeeded && (whole.length === 0 || !whole.every(Boolean)))
    return [`models: ${names.join(', ') || 'none'}`];
  if (finished && !succeeded && !whole.some(Boolean) && !wasLostAfter(journal)) return ['lost model'];
  return [];
}

/** A machine that dies with a finished model on it takes that along; the job trains again. */
const wasLostAfter = (journal: string): boolean =>
  journal.lastIndexOf('"type":"instance.lost"') > journal.indexOf('"type":"training.ended"') ||
  journal.includes('"code":"machine-gone"');

const run = promisify(execFile);

async function leakedKeys({ cloud, cli }: CloudSetting): Promise<string[]> {
  const found = await run('grep', ['-rl', cloud.accountKey, cli.home]).then(
    ({ stdout }) => stdout.trim().split('\n'),
    () => [],
  );
  return found.map((file) => `key in ${file}`);
}

/**
 * What the machines really cost, by the journal's prices: at most a tick of the watchdog more than the budget. The
 * simulator's own bill counts its own, shorter seconds.
 */
function billProblems({ cloud }: CloudSetting, job: Job): string[] {
  const { budgetUsd } = job.spec.limits;
  if (budgetUsd === null) return [];
  const spent = costUsd(job, Date.now());
  const tickUsd = (Math.max(...job.rentals.map(({ usdPerHour }) => usdPerHour), 0) * tickSeconds) / 3600;
  return spent <= budgetUsd + tickUsd ? [] : [`spent $${spent} of $${budgetUsd} at ${cloud.title}`];
}

/** The job of this run, once its first line is on the disk: a driver may be killed before that. */
async function jobOf({ cli }: CloudSetting): Promise<Job | undefined> {
  const folder = join(cli.home, 'jobs');
  for (const id of await readdir(folder).catch(() => [])) {
    try {
      return (await Journal.open(join(folder, id, 'job.jsonl'))).job;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}

function endOf(job: Job | undefined): string {
  if (!job) return 'never began';
  if (job.stage.state !== 'ended') return job.stage.state;
  const { outcome, reason } = job.stage;
  return outcome === 'succeeded' ? outcome : `${outcome}: ${reason.code}`;
}
