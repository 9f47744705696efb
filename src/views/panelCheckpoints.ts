import type { Job } from '../jobs/job.js';
import type { JobCheckpoint } from '../jobs/jobCheckpoints.js';
import { instanceOf } from '../jobs/jobInstance.js';
import type { PanelCheckpoint } from '../protocol.js';

/** What the panel shows of the checkpoints of a job: those that somebody can still get. `now` as the machine's clock. */
export function toPanelCheckpoints(
  job: Job,
  checkpoints: readonly JobCheckpoint[],
  now: number,
): PanelCheckpoint[] {
  const elsewhere = placeElsewhere(job);
  return checkpoints.flatMap(({ id, name, epoch, step, bytes, modified, here }) => {
    const place = here === null ? elsewhere : 'here';
    const ageMs = Math.max(0, now - modified * 1000);
    return place === null ? [] : [{ id, name, epoch, step, bytes, ageMs, place }];
  });
}

/** Where what is not on this computer may be; `null` when it is gone. */
function placeElsewhere(job: Job): PanelCheckpoint['place'] | null {
  const machine = instanceOf(job);
  if (machine === null || machine.provider === 'local') return null;
  return job.stage.state === 'ended' ? 'left' : 'machine';
}
