import assert from 'node:assert/strict';
import { appendFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CheckpointList } from '../../../src/jobs/checkpointList.js';
import { checkpointMoment } from '../../../src/jobs/checkpointMoment.js';
import { mirrorNewestCheckpoint } from '../../../src/jobs/checkpointMirror.js';
import { JobCheckpoints, type JobCheckpoint } from '../../../src/jobs/jobCheckpoints.js';
import { placedRun, type PlacedRun } from './placedRun.js';

const begin = Date.UTC(2026, 0, 1) / 1000;

interface Run extends PlacedRun {
  /** Writes down what is there, as the driver of the job does: for a machine of that kind. */
  readonly list: (kind?: 'local' | 'ssh') => Promise<void>;
}

async function openRun(t: TestContext): Promise<Run> {
  const run = await placedRun(t, 'digits-abc234', ['checkpoints']);
  const lists = {
    local: new CheckpointList({ ...run, host: { kind: 'local' } }),
    ssh: new CheckpointList({ ...run, host: { kind: 'ssh' } }),
  };
  return { ...run, list: (kind = 'ssh') => lists[kind].look(t.signal) };
}

/** A file of so many bytes in a checkpoint, so many seconds after the beginning. */
async function save({ output }: Run, name: string, bytes: number, seconds: number): Promise<void> {
  const path = join(output, 'checkpoints', name);
  await writeFile(path, 'x'.repeat(bytes));
  await utimes(path, begin + seconds, begin + seconds);
}

/** What is seen by somebody who looks for the first time. */
async function look({ folder }: Run): Promise<readonly JobCheckpoint[]> {
  return (await new JobCheckpoints(folder).look()) ?? [];
}

describe('the checkpoints of a job', () => {
  it('are none before the first look at the machine', async (t) => {
    assert.deepEqual(await look(await openRun(t)), []);
  });

  it('are those that the machine has, by age, with what their names tell', async (t) => {
    const run = await openRun(t);
    await save(run, 'epoch-0002.pt', 20, 2);
    await save(run, 'epoch-0001.pt', 10, 1);
    await run.list();
    assert.deepEqual(await look(run), [
      {
        id: `${begin + 1}.000 epoch-0001.pt`,
        name: 'epoch-0001.pt',
        epoch: 1,
        step: null,
        modified: begin + 1,
        bytes: 10,
        here: null,
      },
      {
        id: `${begin + 2}.000 epoch-0002.pt`,
        name: 'epoch-0002.pt',
        epoch: 2,
        step: null,
        modified: begin + 2,
        bytes: 20,
        here: null,
      },
    ]);
  });

  it('are here where the run is on this computer, as long as they are there', async (t) => {
    const run = await openRun(t);
    await save(run, 'last.pt', 5, 1);
    await run.list('local');
    const path = join(run.output, 'checkpoints', 'last.pt');
    assert.deepEqual(
      (await look(run)).map(({ here }) => here),
      [path],
    );
    await rm(path);
    assert.deepEqual(
      (await look(run)).map(({ here }) => here),
      [null],
    );
  });

  it('are here once they were brought whole, also when the machine has let go of them', async (t) => {
    const run = await openRun(t);
    await mkdir(join(run.output, 'checkpoints', 'checkpoint-500'));
    await save(run, 'checkpoint-500/weights.bin', 7, 1);
    await save(run, 'checkpoint-500/state.json', 3, 1);
    await run.list();
    await mirrorNewestCheckpoint(run, t.signal);
    const here = join(run.folder.checkpoints, `${begin + 1}.000`, 'checkpoint-500');
    const expected = [['checkpoint-500', 500, 10, here]];
    const seen = async () =>
      (await look(run)).map(({ name, step, bytes, here }) => [name, step, bytes, here]);
    assert.deepEqual(await seen(), expected);
    await rm(join(run.output, 'checkpoints', 'checkpoint-500'), { recursive: true });
    await run.list();
    assert.deepEqual(await seen(), expected);
  });

  it('are not here when what is here is of another size', async (t) => {
    const run = await openRun(t);
    await save(run, 'epoch-0001.pt', 10, 1);
    await run.list();
    await mirrorNewestCheckpoint(run, t.signal);
    await appendFile(join(run.folder.checkpoints, `${begin + 1}.000`, 'epoch-0001.pt'), 'more');
    assert.deepEqual(
      (await look(run)).map(({ here }) => here),
      [null],
    );
  });

  it('are told again only when something has changed', async (t) => {
    const run = await openRun(t);
    const checkpoints = new JobCheckpoints(run.folder);
    await save(run, 'epoch-0001.pt', 10, 1);
    await run.list();
    assert.equal((await checkpoints.look())?.length, 1);
    await run.list();
    assert.equal(await checkpoints.look(), undefined);
    await save(run, 'epoch-0002.pt', 10, 2);
    await run.list();
    assert.equal((await checkpoints.look())?.length, 2);
    await mirrorNewestCheckpoint(run, t.signal);
    assert.deepEqual(
      (await checkpoints.look())?.map(({ here }) => here !== null),
      [false, true],
    );
  });

  it('are passed over where the list is not ours', async (t) => {
    const run = await openRun(t);
    await writeFile(run.folder.checkpointList, '[{"name":');
    assert.deepEqual(await look(run), []);
  });
});

describe('the name of a checkpoint', () => {
  const names: Readonly<Record<string, readonly [epoch: number | null, step: number | null]>> = {
    'epoch-0004.pt': [4, null],
    'epoch-0005-example-00001000.pt': [5, null],
    'checkpoint-500': [null, 500],
    'step-000000250': [null, 250],
    'round-000040.checkpoint': [null, 40],
    'iteration-000003.joblib': [null, 3],
    'epoch=3-step=120.ckpt': [4, 120],
    'model_epoch12.pth': [12, null],
    'last.pt': [null, null],
    'checkpoint_2026.pt': [null, null],
    'deepoch7.pt': [null, null],
  };
  for (const [name, [epoch, step]] of Object.entries(names)) {
    it(`tells what it holds: ${name}`, () => assert.deepEqual(checkpointMoment(name), { epoch, step }));
  }
});
