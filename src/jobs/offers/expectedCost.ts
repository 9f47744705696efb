import type { Offer } from '../../providers/cloud.js';
import type { Estimate } from '../../recipes/recipe.js';
import { downloadReserveHours } from '../budget.js';
import { costUsd, openRentals, type Job } from '../job.js';
import { relativeSpeed } from './gpuSpeed.js';

/** What a job brings along. */
export interface Load {
  readonly datasetBytes: number;
  /** `null` where the recipe cannot tell. */
  readonly estimate: Estimate | null;
}

/** What an offer would come to for one job. */
export interface ExpectedCost {
  /** From the first paid second to the last; `null` where nobody knows how long the training takes. */
  readonly hours: number | null;
  /** Machine and traffic; `null` with unknown hours. */
  readonly usd: number | null;
  /** The part of it that is traffic. */
  readonly trafficUsd: number;
}

/** Boot, packages and data: a cautious guess of what is paid before the training begins. */
const hoursBefore = 10 / 60;

/** What an offer would come to for a job, before it has run: rough, and told as unknown where it is. */
export function expectedCost(offer: Offer, load: Load): ExpectedCost {
  const trafficUsd = trafficOf(offer, load);
  const given = load.estimate?.hours;
  // Where no GPU is used, it does not matter which one it is.
  const speed = given?.gpu === 0 ? 1 : relativeSpeed(offer.gpu, offer.count);
  if (!given || speed === null) return { hours: null, usd: null, trafficUsd };
  const training = hoursBefore + given.gpu / speed + given.other;
  const hours = training + downloadReserveHours(training);
  return { hours, usd: hours * offer.usdPerHour + trafficUsd, trafficUsd };
}

/**
 * The dataset goes up. Of what a recipe needs on the disk besides, about half comes from the net (packages, weights)
 * and about half goes home at most (checkpoints, the model).
 */
function trafficOf({ usdPerGb }: Offer, { datasetBytes, estimate }: Load): number {
  const besideGb = (estimate?.diskGb ?? 0) / 2;
  return (datasetBytes / 1e9 + besideGb) * usdPerGb.up + besideGb * usdPerGb.down;
}

/** How far a training is, as its log tells it; `null` where it does not. */
export interface Pace {
  /** 0..1 of the whole run. */
  readonly progress: number | null;
  /** What the framework itself says is left. */
  readonly etaSeconds: number | null;
}

/**
 * What a job will have cost in all, corrected by the speed it trains with: the cost so far, the price of the time that
 * is left, and of bringing the model home.
 * @param now milliseconds since the epoch
 * @returns `null` while nobody can tell: it does not train yet, or its log does not say how far it is
 */
export function expectedTotalUsd(job: Job, pace: Pace, now: number): number | null {
  const soFar = costUsd(job, now);
  const usdPerHour = openRentals(job).reduce((sum, rental) => sum + rental.usdPerHour, 0);
  if (usdPerHour === 0) return job.stage.state === 'ended' ? soFar : null;
  if (job.stage.state === 'releasing' || job.stage.state === 'ended') return soFar;
  const trainedHours = hoursIn(job, now);
  const left = job.stage.state === 'collecting' ? 0 : hoursLeft(job, pace, trainedHours);
  if (left === null) return null;
  return soFar + usdPerHour * (left + downloadReserveHours(trainedHours + left));
}

/** The measured speed holds only for what this attempt has done: one that goes on from a checkpoint began further on. */
function hoursLeft(job: Job, { progress, etaSeconds }: Pace, trainedHours: number): number | null {
  if (job.stage.state !== 'training') return null;
  if (etaSeconds !== null) return etaSeconds / 3600;
  if (progress === null || progress <= 0 || job.attempt > 1) return null;
  return (trainedHours * Math.max(0, 1 - progress)) / progress;
}

/** Hours of the newest training, until now or its end. */
function hoursIn({ timeline }: Job, now: number): number {
  const last = timeline.findLastIndex(({ state }) => state === 'training');
  const since = timeline[last]?.since;
  if (since === undefined) return 0;
  const until = timeline[last + 1]?.since;
  const end = until === undefined ? now : Date.parse(until);
  return Math.max(0, end - Date.parse(since)) / 3_600_000;
}
