import type { JobState, NewEvent, Stage } from '../job.js';
import { collect } from './collect.js';
import { connect } from './connect.js';
import { launch, planLaunch } from './launch.js';
import { prepare } from './prepare.js';
import { release } from './release.js';
import type { StepContext } from './step.js';
import { train } from './train.js';
import { upload } from './upload.js';

/** Runs the step of the stage a job is in. */
export function runStep(stage: RunnableStage, context: StepContext, signal: AbortSignal): Promise<NewEvent> {
  switch (stage.state) {
    case 'planned':
    case 'recovering':
      return planLaunch(stage, context, signal);
    case 'launching':
      return launch(stage, context, signal);
    case 'connecting':
      return connect(stage, context, signal);
    case 'preparing':
      return prepare(stage, context, signal);
    case 'uploading':
      return upload(stage, context, signal);
    case 'training':
      return train(stage, context, signal);
    case 'collecting':
      return collect(stage, context, signal);
    case 'releasing':
      return release(stage, context, signal);
    default:
      return stage satisfies never;
  }
}

/** Every stage but the end. */
export type RunnableStage = Exclude<Stage, { state: 'ended' }>;

/** States in which nothing runs on the machine yet, so a stop needs no grace. */
export const beforeTraining: ReadonlySet<JobState> = new Set([
  'planned',
  'recovering',
  'launching',
  'connecting',
  'preparing',
  'uploading',
]);
