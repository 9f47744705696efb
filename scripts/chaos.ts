// npm run chaos -- [--runs N] [--seed N] [--parallel N] [--cloud ID]
// Jobs on the simulated clouds under faults and crashes, decided by a seed. Ends with 1 when anything was left,
// lost, doubled or touched.
import { parseArgs } from 'node:util';
import { planOf } from '../test/chaos/plan.js';
import { runChaos, type ChaosResult } from '../test/chaos/run.js';
import { chaosTable } from '../test/chaos/table.js';
import { simulatedClouds } from '../test/clouds/index.js';
import { buildForProduction } from './foreground.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '3' },
    cloud: { type: 'string' },
  },
});
const first = Number(values.seed);
const seeds = Array.from({ length: Number(values.runs) }, (_, index) => first + index);
const chosen = values.cloud === undefined ? simulatedClouds : simulatedClouds.filter(isChosen);
const results: ChaosResult[] = [];

await buildForProduction();
await Promise.all(Array.from({ length: Number(values.parallel) }, work));
console.log(chaosTable(results));
process.exitCode = results.some(({ problems }) => problems.length > 0) ? 1 : 0;

async function work(): Promise<void> {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    const plan = planOf(seed, chosen.length);
    const Cloud = chosen[plan.cloud];
    if (!Cloud) throw new Error(`There is no cloud "${values.cloud ?? ''}".`);
    const result = await runChaos(plan, Cloud);
    results.push(result);
    if (result.problems.length > 0)
      console.log(`seed ${seed} ${result.cloud}: ${result.problems.join('; ')}`);
  }
}

function isChosen(Cloud: (typeof simulatedClouds)[number]): boolean {
  return new Cloud({}).id === values.cloud;
}
