import { modelOf, type Job } from '../jobs/job.js';
import { instanceOf } from '../jobs/jobInstance.js';

/** What can be done with a job now. Menus, buttons and pickers all go by these words. */
export const jobAbilities = [
  'stoppable',
  'resumable',
  'extendable',
  'collectable',
  'removable',
  'repeatable',
  'customizable',
  'hasModel',
  'hasMachine',
  'overSsh',
] as const;
export type JobAbility = (typeof jobAbilities)[number];

/** A rented machine goes with its job; a machine of the user's own stays. */
const hasMachine = (job: Job): boolean => instanceOf(job) !== null;

const rules: Readonly<Record<JobAbility, (job: Job) => boolean>> = {
  stoppable: ({ stage, stopRequested }) => stage.state !== 'ended' && !stopRequested,
  resumable: ({ stage }) => stage.state === 'ended' && stage.outcome !== 'succeeded',
  extendable: ({ stage, hours, launches }) =>
    stage.state !== 'ended' && stage.state !== 'releasing' && (hours !== null || launches.length > 0),
  collectable: (job) =>
    job.stage.state === 'training' ||
    (job.stage.state === 'ended' &&
      hasMachine(job) &&
      job.timeline.some(({ state }) => state === 'training')),
  removable: ({ stage }) => stage.state === 'ended',
  repeatable: ({ stage }) => stage.state === 'ended',
  customizable: ({ spec }) => spec.recipe !== 'script',
  hasModel: (job) => modelOf(job) !== undefined,
  hasMachine,
  overSsh: (job) => hasMachine(job) && (job.spec.rent !== null || job.spec.place.destination !== null),
};

export function can(job: Job, ability: JobAbility): boolean {
  return rules[ability](job);
}

export function abilitiesOf(job: Job): readonly JobAbility[] {
  return jobAbilities.filter((ability) => can(job, ability));
}
