import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planOf } from '../../chaos/plan.js';
import { runChaos } from '../../chaos/run.js';
import { simulatedClouds } from '../../clouds/index.js';

/** A sample of what `npm run chaos` does by the hundred: one for each cloud. */
const seeds = Array.from({ length: 4 }, (_, index) => index + 1);

describe('a job under faults and crashes', { concurrency: 2 }, () => {
  for (const seed of seeds) {
    it(`loses nothing, leaves nothing and rents nothing twice, seed ${seed}`, async () => {
      const plan = planOf(seed, simulatedClouds.length);
      const Cloud = simulatedClouds[plan.cloud] ?? assert.fail('there is no such cloud');
      const { problems } = await runChaos(plan, Cloud);
      assert.deepEqual(problems, []);
    });
  }
});
