import type { Job } from './job.js';

/** Shares of a budget that are told when they are reached, in percent. */
export const budgetPercents = [50, 80, 100] as const;

/** How long a rented machine may live when nobody says. */
export const defaultRentedHours = 24;

/** Least minutes a machine must be paid for to be of any use: it boots, and installs packages. */
const leastMinutes = 5;

/** Time for the last checkpoint and the way home of the model. */
const reserveHours = 10 / 60;
/** Of a short life it takes at most so much. */
const reserveShare = 0.1;

/** What the end of a life of so many hours is kept free for, to bring the results home. */
export function downloadReserveHours(hours: number): number {
  return Math.min(reserveHours, Math.max(0, hours) * reserveShare);
}

export interface Allowance {
  /** Unix seconds. */
  readonly now: number;
  /** Longest life of the machine; `null`: {@link defaultRentedHours}. */
  readonly hours: number | null;
  /** Most that the job may cost; `null`: whatever its hours cost. */
  readonly budgetUsd: number | null;
  /** What the job has cost so far, on machines before this one. */
  readonly spentUsd: number;
  readonly usdPerHour: number;
}

/** Unix seconds. */
export interface Deadline {
  /** The machine must be gone by then. */
  readonly deadline: number;
  /** The training must have ended by then, so that its results still come home. */
  readonly endsAt: number;
}

/** When a machine must be gone: after its hours, or when the money is spent, whichever comes first. */
export function deadlineOf({ now, hours, budgetUsd, spentUsd, usdPerHour }: Allowance): Deadline {
  const paid = budgetUsd === null || usdPerHour <= 0 ? Infinity : (budgetUsd - spentUsd) / usdPerHour;
  const life = Math.max(0, Math.min(hours ?? defaultRentedHours, paid));
  const end = now + life * 3600;
  return { deadline: Math.floor(end), endsAt: Math.floor(end - downloadReserveHours(life) * 3600) };
}

/** Least that a machine of this price must be allowed to cost: it boots, and something can be brought home. */
export function leastUsd(usdPerHour: number, timeScale: number): number {
  const hours = (leastMinutes * timeScale) / 60;
  return usdPerHour * (hours + downloadReserveHours(hours));
}

/** What all jobs together have cost in the calendar month (UTC) of `now`, milliseconds since the epoch. */
export function spentInMonth(jobs: readonly Job[], now: number): number {
  const date = new Date(now);
  const begin = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return jobs
    .flatMap(({ rentals }) => rentals)
    .reduce((sum, { usdPerHour, since, until }) => {
      const from = Math.max(begin, Date.parse(since));
      const to = until === null ? now : Math.min(now, Date.parse(until));
      return sum + (usdPerHour * Math.max(0, to - from)) / 3_600_000;
    }, 0);
}
