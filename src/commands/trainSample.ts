import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Door } from './door.js';
import { requireTrust } from './requireTrust.js';
import { trainPath, type TrainDoor } from './trainFolder.js';

/** Trains on the digits sample: a copy beside the jobs, so that its model outlives an update of the extension. */
export async function trainSample(door: TrainDoor & Pick<Door, 'samples'>): Promise<void> {
  requireTrust();
  const folder = join(door.engine.home.path, 'samples');
  const sample = join(folder, 'digits');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await cp(join(door.samples, 'digits'), sample, { recursive: true });
  await trainPath(sample, door);
}
