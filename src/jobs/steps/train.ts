import type { Disposable } from '../../disposable.js';
import { MachineError, messageOf } from '../../errors.js';
import { Poller } from '../../poller.js';
import { findRecipe } from '../../recipes/index.js';
import type { Agent } from '../../remote/agent.js';
import type { Host } from '../../remote/host.js';
import { CheckpointList } from '../checkpointList.js';
import { mirrorNewestCheckpoint } from '../checkpointMirror.js';
import { SampleMirror } from '../sampleMirror.js';
import { followRun, prepareFollow } from '../../remote/transfer/followRun.js';
import { parseState, type JobFile, type SupervisorState } from '../../remote/supervisor.js';
import type { Job, NewEvent, TrainingEnd } from '../job.js';
import { keepMachineLimits, warnSecondsOf } from '../rented/machineLimits.js';
import { restoreCheckpoint } from '../rented/restoreCheckpoint.js';
import { collectSecrets } from '../secrets.js';
import { RequestsPassedOn } from './requestsPassedOn.js';
import type { Step, StageOf, StepContext } from './step.js';

const checkupMs = 15_000;
const checkpointsMs = 20_000;
const listMs = 5_000;
/** However much waits are shortened. */
const leastMs = 250;
const samplesMs = 2_000;
/** For the last images, when the training has ended. */
const lastSamplesMs = 60_000;

/** Starts the training if it does not run yet, else follows it to its end. */
export const train: Step<'training'> = async (stage, context, signal) => {
  if (stage.pid === undefined) return startTraining(stage, context, signal);
  return followTraining(context, signal);
};

/** The supervisor starts a job's attempt once, however often it is asked. */
async function startTraining(
  stage: StageOf<'training'>,
  context: StepContext,
  signal: AbortSignal,
): Promise<NewEvent> {
  const { job, machine, runtime, secrets, logger, show } = context;
  show('Starting the training');
  const agent = await machine.agent(signal);
  // What follows the run need not wait for a login script then.
  prepareFollow(await machine.host(signal), runtime, { job: job.spec.id, attempt: job.attempt }).catch(
    (error: unknown) => logger.debug(`follow prepare → ${messageOf(error)}`),
  );
  const run = `${agent.root}/runs/${job.spec.id}`;
  const recipe = findRecipe(job.spec.recipe);
  const command = recipe.command(job.spec.parameters);
  const names = ['supervisor.py', 'trainyard.py', ...(await runtime.recipes())];
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await runtime.read(name)] as const)),
  );
  const { endsAt } = await keepMachineLimits(context, agent, signal);
  await agent.install(job.spec.id, files, toJobFile(job, stage, command, { run, endsAt }), signal);
  await restoreCheckpoint(context, agent, signal);
  if (command.kind === 'script') await agent.workdir(job.spec.id, stage.dataset.path, signal);
  const keys = await collectSecrets(recipe, job.spec.parameters, secrets);
  const state = await agent.startTraining(job.spec.id, keys, signal);
  if (state.phase === 'ended') return { type: 'training.ended', training: toTrainingEnd(state) };
  return { type: 'training.started', pid: state.pid ?? state.supervisorPid };
}

function toJobFile(
  job: Job,
  stage: StageOf<'training'>,
  command: ReturnType<ReturnType<typeof findRecipe>['command']>,
  { run, endsAt }: { readonly run: string; readonly endsAt: number | null },
): JobFile {
  const { spec } = job;
  const { python } = stage.environment;
  const program =
    command.kind === 'script'
      ? { argv: [python, '-u', command.file, ...command.args], cwd: `${run}/work` }
      : { argv: [python, '-u', `${run}/${command.file}`], cwd: `${run}/output` };
  return {
    version: 1,
    job: spec.id,
    attempt: job.attempt,
    recipe: spec.recipe,
    params: command.kind === 'script' ? command.params : spec.parameters,
    dataset: stage.dataset.path,
    output: `${run}/output`,
    ...program,
    env: {},
    limits: {
      hours: job.hours,
      stallMinutes: spec.limits.stallMinutes,
      graceSeconds: spec.limits.graceSeconds,
      endsAt,
      warnSeconds: endsAt === null ? null : warnSecondsOf(job),
    },
  };
}

/** Mirrors log and samples until the supervisor says the attempt has ended, and passes requests on to it. */
async function followTraining(context: StepContext, signal: AbortSignal): Promise<NewEvent> {
  const { job, folder, machine, runtime, requests, show } = context;
  const agent = await machine.agent(signal);
  const host = await machine.host(signal);
  show('Training');
  const passed = await RequestsPassedOn.begin(context, agent, signal);
  const listening: Disposable = requests.on((changed) => passed.pass(changed));
  // Asking for the status replaces a supervisor that was killed, so that a dead training never looks alive.
  const checkup = new Poller(checkupMs, () => agent.status(job.spec.id, signal).then(() => undefined));
  checkup.start();
  const checkpoints = new Poller(Math.max(leastMs, checkpointsMs * context.renting.timeScale), () =>
    keepNewestCheckpoint(context, agent, host, signal),
  );
  // Without its checkpoint a machine that is lost takes everything with it.
  if ((job.spec.results.checkpoints || job.spec.rent) && host.kind === 'ssh') checkpoints.start();
  const list = new CheckpointList({ jobId: job.spec.id, folder, host, agent });
  const listing = new Poller(listMs, () => listCheckpoints(context, list, signal));
  listing.start();
  const mirror = new SampleMirror({ jobId: job.spec.id, folder, host, agent, runtime: context.runtime });
  const samples = new Poller(samplesMs, () => keepSamples(context, () => mirror.look(signal), signal));
  samples.start();
  let last: SupervisorState | undefined;
  try {
    const run = { job: job.spec.id, attempt: job.attempt, dir: folder.path, base: job.mirrorBase };
    await followRun(host, runtime, run, { onState: (state) => (last = parseState(state)) }, signal);
  } finally {
    checkup.dispose();
    checkpoints.dispose();
    listing.dispose();
    samples.dispose();
    listening.dispose();
    await passed.settled();
  }
  await Promise.all([listing.now(), samples.now()]);
  const soon = AbortSignal.any([signal, AbortSignal.timeout(lastSamplesMs)]);
  await keepSamples(context, () => mirror.finish(soon), signal);
  if (!last) throw new MachineError(`The supervisor of ${job.spec.id} did not say how the training ended.`);
  return { type: 'training.ended', training: toTrainingEnd(last) };
}

/** Never the reason for anything to fail: the next look tries again. */
async function keepNewestCheckpoint(
  { job, folder, runtime, logger }: StepContext,
  agent: Agent,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  try {
    const source = { jobId: job.spec.id, folder, host, agent, runtime };
    if (await mirrorNewestCheckpoint(source, signal)) logger.info(`job ${job.spec.id} checkpoint → here`);
  } catch (error) {
    if (!signal.aborted) logger.warn(`job ${job.spec.id} checkpoint → ${messageOf(error)}`);
  }
}

/** Never the reason for anything to fail. */
async function listCheckpoints(
  { job, logger }: StepContext,
  list: CheckpointList,
  signal: AbortSignal,
): Promise<void> {
  try {
    await list.look(signal);
  } catch (error) {
    if (!signal.aborted) logger.warn(`job ${job.spec.id} checkpoint list → ${messageOf(error)}`);
  }
}

/** Never the reason for anything to fail. */
async function keepSamples(
  { job, logger }: StepContext,
  bring: () => Promise<number>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const count = await bring();
    if (count > 0) logger.info(`job ${job.spec.id} ${count} images → here`);
  } catch (error) {
    if (!signal.aborted) logger.warn(`job ${job.spec.id} images → ${messageOf(error)}`);
  }
}

function toTrainingEnd(state: SupervisorState): TrainingEnd {
  return {
    exitCode: state.exitCode,
    signal: state.signal,
    cause: state.reason ?? 'vanished',
    message: state.message,
  };
}
