import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { reduce, type Job, type NewEvent } from '../../../src/jobs/job.js';
import { listReclaimable, reclaim } from '../../../src/jobs/reclaim.js';
import { Agent } from '../../../src/remote/agent.js';
import { LocalHost } from '../../../src/remote/localHost.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { tempDir } from '../../support/tempDir.js';
import { dated, spec, wholeLife } from './builders.js';

const runtime = new RuntimeFiles(fileURLToPath(new URL('../../../runtime/', import.meta.url)));
const never = new AbortController().signal;
const environment = 'aaaaaaaaaaaaaaaaaaaaaaaa';
const dataset = 'dddddddddddddddddddddddddddddddd';

/** A machine with an environment, a dataset and what a job left. */
async function machine(t: TestContext, job: string): Promise<{ root: string; agent: Agent }> {
  const root = await tempDir(t);
  for (const folder of [`envs/${environment}`, `datasets/${dataset}`, `runs/${job}/output`]) {
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, 'file'), Buffer.alloc(folder.length * 10_000));
  }
  const agent = await Agent.start(new LocalHost({ root }), runtime, never);
  t.after(() => agent.dispose());
  return { root, agent };
}

function jobOf(events: readonly NewEvent[]): Job {
  return reduce(dated(events)) ?? assert.fail('the events begin with no plan');
}

const isOf =
  (type: NewEvent['type']) =>
  (event: NewEvent): boolean =>
    event.type === type;
const until = (type: NewEvent['type']): readonly NewEvent[] =>
  wholeLife.slice(0, wholeLife.findIndex(isOf(type)) + 1);

test('what a finished job left can go, largest first', async (t) => {
  const { root, agent } = await machine(t, spec().id);
  const items = await listReclaimable(agent, [jobOf(wholeLife)], never);
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ['dataset', 'environment', 'run'],
  );
  const { bytes, items: deleted } = await reclaim(agent, items, [], never);
  assert.equal(
    bytes,
    items.reduce((sum, item) => sum + item.bytes, 0),
  );
  assert.deepEqual(deleted, items);
  assert.deepEqual(await readdir(join(root, 'datasets')), []);
  assert.deepEqual(await readdir(join(root, 'runs')), []);
});

test('what a job can be resumed from stays, and so do jobs of others', async (t) => {
  const { agent } = await machine(t, spec().id);
  const failed = wholeLife.map((event) =>
    event.type === 'collected' ? { ...event, outcome: 'failed' as const } : event,
  );
  const notCollected = wholeLife.map((event) =>
    event.type === 'collected' ? { ...event, files: [] } : event,
  );
  for (const jobs of [[jobOf(failed)], [jobOf(notCollected)], []]) {
    const kinds = (await listReclaimable(agent, jobs, never)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['dataset', 'environment']);
  }
});

test('what an unfinished job has on the machine already stays', async (t) => {
  const { agent } = await machine(t, 'another-job');
  const events = until('uploaded').map((event): NewEvent => {
    if (event.type === 'prepared') return { ...event, environment: { python: '/p', hash: environment } };
    if (event.type === 'uploaded') return { ...event, dataset: { path: '/d', hash: dataset } };
    return event;
  });
  assert.deepEqual(await listReclaimable(agent, [jobOf(events)], never), []);
  const chosenBefore = await listReclaimable(agent, [], never);
  assert.deepEqual((await reclaim(agent, chosenBefore, [jobOf(events)], never)).items, []);
  const uploading = jobOf(events.slice(0, -1));
  assert.deepEqual(
    (await listReclaimable(agent, [uploading], never)).map(({ kind }) => kind),
    ['dataset'],
  );
});
