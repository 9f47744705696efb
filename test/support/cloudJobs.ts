import { join } from 'node:path';

import type { CloudOptions, SimulatedCloud } from '../clouds/base/simulatedCloud.js';
import type { CliOptions } from './cli.js';
import { tempDir, type CleanUp } from './tempDir.js';
import { countingTraining } from './trainings.js';

export type SimulatedCloudClass = new (options?: CloudOptions) => SimulatedCloud;

/** Waits of ours and of the clouds take a hundredth of their time. */
export const timeScale = 0.01;

/** A simulated cloud, a home that has its key, and a folder to train on. */
export interface CloudSetting {
  readonly cloud: SimulatedCloud;
  /** The user's own machine there, which nobody may touch. */
  readonly foreign: string;
  readonly folder: string;
  /** A line for each process that trained. */
  readonly starts: string;
  readonly models: string;
  readonly cli: CliOptions;
  /** Arguments of `trainyard train` for a whole job. */
  readonly train: readonly string[];
}

export interface CloudJobOptions {
  readonly epochs: number;
  readonly secondsPerEpoch: number;
  readonly cloud?: CloudOptions;
  /** More arguments of `train`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export async function cloudSetting(
  test: CleanUp,
  Cloud: SimulatedCloudClass,
  options: CloudJobOptions,
): Promise<CloudSetting> {
  const { epochs, secondsPerEpoch, args = [], env = {} } = options;
  const base = await tempDir(test);
  const cloud = await new Cloud({ timeScale, ...options.cloud }).start(test);
  const foreign = cloud.addByHand('somebody-elses-machine');
  const training = await countingTraining(join(base, 'data set'), { epochs, secondsPerEpoch });
  const models = join(base, 'models');
  return {
    ...training,
    cloud,
    foreign,
    models,
    cli: {
      home: join(base, 'home'),
      env: {
        ...withoutKeys(process.env),
        ...cloud.environment,
        TRAINYARD_TIME_SCALE: String(timeScale),
        ...env,
      },
    },
    train: ['train', training.folder, '--provider', cloud.id, '--to', models, '--yes', '--json', ...args],
  };
}

/** Keys of the person who runs the tests concern no simulator. */
function withoutKeys(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.keys(env)
      .filter((name) => /_API_KEY$|^TRAINYARD_ENDPOINT_/.test(name))
      .map((name) => [name, undefined]),
  );
}
