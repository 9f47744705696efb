import { modelOf, type Job } from '../jobs/job.js';

/** What can be done with a job now. Menus, buttons and pickers all go by these words. */
export const jobAbilities = [
  'stoppable',
  'resumable',
  'collectable',
  'removable',
  'repeatable',
  'customizable',
  'hasModel',
  'overSsh',
] as const;
export type JobAbility = (typeof jobAbilities)[number];

const rules: Readonly<Record<JobAbility, (job: Job) => boolean>> = {
  stoppable: ({ stage, stopRequested }) => stage.state !== 'ended' && !stopRequested,
  resumable: ({ stage }) => stage.state === 'ended' && stage.outcome !== 'succeeded',
  collectable: ({ timeline, stage }) =>
    stage.state === 'training' ||
    (stage.state === 'ended' && timeline.some(({ state }) => state === 'training')),
  removable: ({ stage }) => stage.state === 'ended',
  repeatable: ({ stage }) => stage.state === 'ended',
  customizable: ({ spec }) => spec.recipe !== 'script',
  hasModel: (job) => modelOf(job) !== undefined,
  overSsh: ({ spec }) => spec.place.destination !== null,
};

export function can(job: Job, ability: JobAbility): boolean {
  return rules[ability](job);
}

export function abilitiesOf(job: Job): readonly JobAbility[] {
  return jobAbilities.filter((ability) => can(job, ability));
}
