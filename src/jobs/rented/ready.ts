import { delay } from '../../delay.js';
import { AuthError, ConnectionError, HostKeyError, MachineError } from '../../errors.js';
import type { CloudProvider } from '../../providers/cloud.js';
import type { Agent } from '../../remote/agent.js';
import { checkHealth, isLineSlow, problemsOf, type Health } from '../../remote/health.js';
import { formatPrice } from '../../format.js';
import { currentLaunch, type InstanceRef, type Job, type Launch, type NewEvent } from '../job.js';
import type { StepContext } from '../steps/step.js';
import { UnusableMachine, waitUntilAnswering } from './boot.js';
import { isAgreed } from './choose.js';
import { endLeftBehind } from './leftBehind.js';
import { keepMachineLimits } from './machineLimits.js';

/**
 * Turns a machine that was rented into one that can be used: it answers, lets us in, ends itself in time, costs what was
 * agreed and has a GPU that works. One that does not is given back, and remembered for a day.
 * @returns `connected`, or `instance.rejected`
 */
export async function readyMachine(
  instance: InstanceRef,
  provider: CloudProvider,
  context: StepContext,
  signal: AbortSignal,
): Promise<NewEvent> {
  const launch = currentLaunch(context.job);
  if (!launch) throw new Error(`The journal of ${context.job.spec.id} knows no launch.`);
  try {
    await becomeUsable({ instance, provider, launch }, context, signal);
    return { type: 'connected' };
  } catch (error) {
    if (!(error instanceof UnusableMachine)) throw error;
    const { message, isLineSlow: lineWasSlow } = error;
    // That may be the line of this computer: nothing against the machine.
    if (!lineWasSlow) await remember({ instance, provider, launch }, message, context);
    return { type: 'instance.rejected', why: message, ...(lineWasSlow ? { lineWasSlow } : {}) };
  }
}

interface Candidate {
  readonly instance: InstanceRef;
  readonly provider: CloudProvider;
  readonly launch: Launch;
}

async function becomeUsable(candidate: Candidate, context: StepContext, signal: AbortSignal): Promise<void> {
  const { instance, provider, launch } = candidate;
  const { job, folder, machine, note, show, renting } = context;
  const since = Date.parse(job.timeline.at(-1)?.since ?? job.spec.created);
  const { mark, timeScale } = renting;
  refuseDearer(instance, job);
  const seen = await waitUntilAnswering(
    { job, folder, provider, machine, instance, label: launch.label, mark, note, show, timeScale, since },
    signal,
  );
  const { usdPerHour } = seen;
  const isOther = usdPerHour > 0 && usdPerHour !== instance.usdPerHour;
  const priced = isOther
    ? await note({ type: 'repriced', provider: provider.id, id: instance.id, usdPerHour })
    : job;
  refuseDearer(seen, priced);
  const agent = await login(candidate, context, signal);
  // From here on the machine ends itself, where it can, whatever becomes of this computer.
  await keepMachineLimits({ ...context, job: priced }, agent, signal);
  await refuseSick(candidate, context, signal);
  await endLeftBehind({ ...context, job: priced }, signal);
}

/** What the provider really asks is known only when the machine is made. */
function refuseDearer(machine: { readonly usdPerHour: number }, job: Job): void {
  if (!isAgreed(machine, job))
    throw new UnusableMachine(`it costs ${formatPrice(machine.usdPerHour)}, which is more than was agreed`);
}

/** A server that has just begun to answer may not know the key yet. */
async function login(
  { provider }: Candidate,
  { machine, show, renting }: StepContext,
  signal: AbortSignal,
): Promise<Agent> {
  const until = performance.now() + provider.facts.bannerMinutes * 60_000 * renting.timeScale;
  for (;;) {
    try {
      return await machine.agent(signal);
    } catch (error) {
      const mayPass = error instanceof ConnectionError || error instanceof AuthError;
      if (signal.aborted || !mayPass || error instanceof HostKeyError) throw error;
      if (performance.now() >= until) throw new UnusableMachine(`nobody could log in (${error.message})`);
      show(`Logging in (${error.message})`);
      machine.dispose();
      await delay(2_000 * renting.timeScale, signal);
    }
  }
}

async function refuseSick(
  { launch }: Candidate,
  { job, machine, runtime, show }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  show('Checking the machine');
  const { count, vramGb } = launch.offer;
  // A slow line here makes every machine look slow: two in a row are enough to know.
  const isOwnLineSlow = job.launches.some(({ lineWasSlow }) => lineWasSlow);
  const expectation = { gpus: count, vramGb, needGpu: true, isOwnLineSlow };
  const health = await lookAt(await machine.host(signal), runtime, expectation, signal);
  const [problem] = problemsOf(health, expectation);
  if (problem !== undefined) throw new UnusableMachine(problem, isLineSlow(health));
}

/** One that cannot even be looked at is of no more use than a sick one. */
async function lookAt(...question: Parameters<typeof checkHealth>): Promise<Health> {
  try {
    return await checkHealth(...question);
  } catch (error) {
    if (error instanceof MachineError) throw new UnusableMachine(error.message);
    throw error;
  }
}

async function remember(
  { instance, provider, launch }: Candidate,
  why: string,
  { job, renting, logger }: StepContext,
): Promise<void> {
  const hours = (Date.now() - Date.parse(job.timeline.at(-1)?.since ?? job.spec.created)) / 3_600_000;
  const usd = hours * instance.usdPerHour;
  const { hostKey, region, gpu } = launch.offer;
  logger.warn(`job ${job.spec.id} ${provider.id} ${instance.id} rejected → ${why} ($${usd.toFixed(3)})`);
  await renting.badHosts.add({ provider: provider.id, hostKey, region, gpu, why, usd });
}
