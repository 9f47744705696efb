// What the tree costs at its largest: 1,000 jobs and 200 rented machines, most of them on disk since long.
// Budgets: a draw takes ≤ 16 ms (a frame), a look at all journals leaves the thread free for anything else:
// it holds it for ≤ 50 ms at a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Fleet } from '../src/fleet.js';
import { TrainyardHome } from '../src/home.js';
import type { Job } from '../src/jobs/job.js';
import { Journal } from '../src/jobs/journal.js';
import { lambda } from '../src/providers/lambda/entry.js';
import { changedRows, toTree } from '../src/views/fleetTree.js';
import { everything } from '../src/views/treeChoice.js';
import { engineWithoutHosts } from '../test/support/engineWithoutHosts.js';
import { rentedSpec, wholeLife } from '../test/unit/jobs/builders.js';
import { cloudView, fleetOf, labelOf, machine, mark, rentedJob } from '../test/unit/views/rented.js';

const jobCount = 1_000;
const machineCount = 200;
const rounds = 30;

const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor((sorted.length - 1) * share)] ?? NaN).toFixed(1);

function report(what: string, times: number[], budgetMs: number): void {
  times.sort((a, b) => a - b);
  console.log(
    `  ${what.padEnd(22)} ${percentile(times, 0.5)} ms median, ${percentile(times, 0.95)} ms p95 (budget ${budgetMs})`,
  );
}

/** The same job on a machine of its own. */
function onMachine(id: string, job: Job): Job {
  const rentals = job.rentals.map((rental) => ({ ...rental, id }));
  const { stage } = job;
  if (stage.state !== 'training') return { ...job, rentals };
  return { ...job, rentals, stage: { ...stage, instance: { ...stage.instance, id } } };
}

/** Drawing: rows out of the snapshot, and what has changed since the last time. */
function draw(): void {
  const ids = Array.from({ length: jobCount }, (_, index) => `job-${String(index).padStart(4, '0')}`);
  const jobs = ids.map((id, index) =>
    onMachine(`m-${id}`, rentedJob(index < machineCount ? 'training.started' : 'released', { id, name: id })),
  );
  const machines = ids.slice(0, machineCount).map((id) => machine({ id: `m-${id}`, name: labelOf(id) }));
  const snapshot = fleetOf(jobs, cloudView(machines));
  const context = {
    paces: new Map(),
    mark,
    clouds: [lambda],
    choice: everything,
    openFolders: [],
    ports: new Map(),
  };
  let before = toTree(snapshot, { ...context, now: Date.now() });
  const times: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const began = performance.now();
    const after = toTree(snapshot, { ...context, now: Date.now() + round * 5_000 });
    changedRows(before, after);
    before = after;
    times.push(performance.now() - began);
  }
  report('draw', times, 16);
}

/** Looking twice, as after an action: every journal and lease of the home, and whether anything has changed. */
async function look(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  try {
    const home = new TrainyardHome(folder);
    for (let index = 0; index < jobCount; index++) {
      const spec = rentedSpec({ id: `job-${String(index)}`, created: new Date(index * 1000).toISOString() });
      const { journal } = await home.makeJob(spec.id);
      const written = await Journal.create(journal, { type: 'planned', spec });
      for (const event of wholeLife.slice(3)) await written.append(event);
    }
    const fleet = new Fleet(engineWithoutHosts(folder, 1_000), { pollMs: 1_000 });
    let { jobs } = await fleet.refresh();
    const delays = monitorEventLoopDelay({ resolution: 1 });
    const times: number[] = [];
    const held: number[] = [];
    for (let round = 0; round < rounds; round++) {
      delays.reset();
      delays.enable();
      const began = performance.now();
      ({ jobs } = await fleet.refresh());
      times.push(performance.now() - began);
      delays.disable();
      held.push(delays.max / 1e6);
    }
    fleet.dispose();
    if (jobs.length !== jobCount) throw new Error(`${jobs.length} jobs were found`);
    report('two looks, end to end', times, 1_000);
    report('two looks, thread held', held, 50);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

console.log(`tree, ${jobCount.toLocaleString('en')} jobs and ${machineCount} machines`);
draw();
await look();
