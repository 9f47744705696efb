import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempDir } from '../../support/tempDir.js';

const run = promisify(execFile);
const sample = fileURLToPath(new URL('../../../samples/digits/', import.meta.url));
const runtimeDir = fileURLToPath(new URL('../../../runtime/', import.meta.url));
const fewRows = 401;

/** The sample with its first rows only, and where its training leaves things. */
class TrainingFolder {
  readonly folder: string;
  readonly output: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.output = join(folder, 'output');
  }

  static async make(t: TestContext): Promise<TrainingFolder> {
    const folder = await tempDir(t);
    await mkdir(join(folder, 'control'));
    await copyFile(join(sample, 'train.py'), join(folder, 'train.py'));
    const table = await readFile(join(sample, 'digits.csv'), 'utf8');
    await writeFile(join(folder, 'digits.csv'), table.split('\n').slice(0, fewRows).join('\n'));
    return new TrainingFolder(folder);
  }

  /** Trains as the supervisor would start it; what was printed. */
  async train(epochs: number, attempt = 1): Promise<string> {
    const variables = {
      PYTHONPATH: runtimeDir,
      PYTHONDONTWRITEBYTECODE: '1',
      TRAINYARD_OUTPUT: this.output,
      TRAINYARD_CONTROL: join(this.folder, 'control'),
      TRAINYARD_ATTEMPT: String(attempt),
    };
    const args = [join(this.folder, 'train.py'), '--epochs', String(epochs), '--hidden', '8'];
    return (await run('python3', args, { env: { ...process.env, ...variables } })).stdout;
  }

  /** What is left, by name. */
  async left(): Promise<string[]> {
    return (await readdir(this.output, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  }

  model(): Promise<string> {
    return readFile(join(this.output, 'model.json'), 'utf8');
  }
}

test('it reports every epoch, keeps checkpoints and leaves a model that reads digits', async (t) => {
  const place = await TrainingFolder.make(t);
  const printed = await place.train(6);
  assert.equal(printed.split('\n').filter((line) => line.includes('"val_accuracy"')).length, 6);
  const accuracy = Number(/held-back accuracy: ([\d.]+) %/.exec(printed)?.[1]);
  assert.ok(accuracy > 70, printed);
  assert.equal((await place.left()).length, 7);
});

test('resumed from a checkpoint it ends with the same model as in one go', async (t) => {
  const whole = await TrainingFolder.make(t);
  await whole.train(4);

  const parted = await TrainingFolder.make(t);
  await writeFile(join(parted.folder, 'control', 'stop'), '');
  assert.match(await parted.train(4), /stopped; the last checkpoint continues from here/);
  assert.deepEqual(await parted.left(), [join('checkpoints', 'epoch-0001.json')]);
  await rm(join(parted.folder, 'control', 'stop'));
  assert.match(await parted.train(4, 2), /continuing after epoch 1/);

  assert.equal(await parted.model(), await whole.model());
});

test('it runs without Trainyard too', async (t) => {
  const place = await TrainingFolder.make(t);
  const { stdout } = await run('python3', [join(place.folder, 'train.py'), '--epochs', '2'], {
    env: { PATH: process.env.PATH },
  });
  assert.match(stdout, /^epoch 2\/2 {2}loss [\d.]+ {2}accuracy [\d.]+ {2}val_loss/m);
  assert.deepEqual(await place.left(), [
    join('checkpoints', 'epoch-0001.json'),
    join('checkpoints', 'epoch-0002.json'),
    'model.json',
  ]);
});
