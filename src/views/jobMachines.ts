import type { Job, Launch, Rental } from '../jobs/job.js';

/** One machine that was rented for a job. */
export interface JobMachine {
  readonly rental: Rental;
  /** What was asked for. */
  readonly launch: Launch | undefined;
  /** When another machine was looked for in its place, ISO 8601; `null` where that was not so. */
  readonly givenUp: string | null;
  /** Why, where the journal still says it. */
  readonly why: string | null;
}

/** Whether any machine was rented for a job: the journal keeps those of the user's own, too, at no price. */
export const hasRented = ({ spec, rentals }: Job): boolean => spec.rent !== null && rentals.length > 0;

/**
 * Every machine of a job, oldest first. Not every launch came to one: the steps of the job say which did, in their
 * order.
 */
export function machinesOf({ timeline, launches, rentals, stage }: Job): readonly JobMachine[] {
  const machines: JobMachine[] = [];
  let asked = 0;
  timeline.forEach(({ state }, index) => {
    if (state !== 'launching') return;
    const launch = launches[asked++];
    const rental = rentals[machines.length];
    if (!rental || timeline[index + 1]?.state !== 'connecting') return;
    const after = timeline.slice(index + 1);
    const end = after.findIndex((entry) => entry.state === 'launching' || entry.state === 'planned');
    const its = end === -1 ? after : after.slice(0, end);
    const givenUp = its.find((entry) => entry.state === 'recovering');
    const isNow = givenUp !== undefined && end === -1;
    const lost = stage.state === 'recovering' && isNow ? stage.why : null;
    machines.push({
      rental,
      launch,
      givenUp: givenUp?.since ?? null,
      why: lost ?? launch?.refused ?? null,
    });
  });
  return machines;
}

/** What a machine has cost until it was gone, or until `now` in milliseconds since the epoch. */
export function rentalUsd({ usdPerHour, since, until }: Rental, now: number): number {
  const end = until === null ? now : Date.parse(until);
  return (usdPerHour * Math.max(0, end - Date.parse(since))) / 3_600_000;
}
