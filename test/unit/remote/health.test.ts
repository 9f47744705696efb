import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MachineError } from '../../../src/errors.js';
import {
  checkHealth,
  type Expectation,
  type Health,
  isLineSlow,
  problemsOf,
} from '../../../src/remote/health.js';
import { LocalHost } from '../../../src/remote/localHost.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

const runtime = new RuntimeFiles(fileURLToPath(new URL('../../../runtime/', import.meta.url)));
const never = new AbortController().signal;
const oneL4: Expectation = { gpus: 1, vramGb: 24, needGpu: true };
const timeScale = 0.01;

/** A machine with this nvidia-smi, and this in place of its python3 where given. */
async function machine(t: TestContext, programs: { smi?: string; python?: string }): Promise<LocalHost> {
  const folder = await tempDir(t);
  await mkdir(join(folder, 'bin'));
  const add = async (name: string, script: string): Promise<string> => {
    const path = join(folder, 'bin', name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  if (programs.smi !== undefined) await add('nvidia-smi', programs.smi.replaceAll('FOLDER', folder));
  const python = await add(
    'machine-python',
    programs.python ?? `PATH="${join(folder, 'bin')}:$PATH" exec python3 "$@"`,
  );
  const host = new LocalHost({ root: join(folder, 'root'), python });
  t.after(() => host.dispose());
  return host;
}

/** What speaks against a machine whose nvidia-smi is this. */
async function look(t: TestContext, smi: string, expectation = oneL4): Promise<string[]> {
  const health = await checkHealth(await machine(t, { smi }), runtime, expectation, never, { timeScale });
  return problemsOf(health, expectation, 0);
}

test('a machine that has what was paid for has no problems', async (t) => {
  const host = await machine(t, { smi: 'echo "NVIDIA L4, 23034, 550.54.15"' });
  const health = await checkHealth(host, runtime, oneL4, never, { timeScale });
  assert.deepEqual(problemsOf(health, oneL4, 0), []);
  assert.deepEqual(health.gpus, [{ name: 'NVIDIA L4', memoryBytes: 23034 * 1024 ** 2, driver: '550.54.15' }]);
  assert.ok((health.disk.writeBytesPerSecond ?? 0) > 0);
  assert.ok(health.line.upBytesPerSecond > 0);
  assert.ok(health.line.downBytesPerSecond > 0);
});

test('a machine without a GPU is no good where one is needed', async (t) => {
  assert.deepEqual(await look(t, 'echo "No devices were found"; exit 6'), [
    'It has no GPU that works: nvidia-smi says “No devices were found”.',
  ]);
  const cpu: Expectation = { gpus: null, vramGb: null, needGpu: false };
  assert.deepEqual(await look(t, 'exit 6', cpu), []);
});

test('fewer and smaller GPUs than were paid for are told', async (t) => {
  const expectation: Expectation = { gpus: 2, vramGb: 80, needGpu: true };
  assert.deepEqual(await look(t, 'echo "NVIDIA A100, 40960, 535.1"', expectation), [
    'It has 1 GPU and 2 are paid for.',
    'Its NVIDIA A100 has 40.0 GB of memory and 80 GB are paid for.',
  ]);
});

test('the check ends with its signal, and so does what it started', async (t) => {
  const host = await machine(t, { smi: 'echo $$ >FOLDER/pid; exec sleep 600' });
  const abort = new AbortController();
  const check = checkHealth(host, runtime, oneL4, abort.signal, { timeScale });
  // The file is there before it holds anything.
  const pid = await waitFor(
    'nvidia-smi',
    async () => Number(await readFile(join(host.root, '..', 'pid'), 'utf8')) || undefined,
  );
  abort.abort();
  await assert.rejects(check, { name: 'AbortError' });
  await waitFor('the end of nvidia-smi', async () => !(await runs(pid)));
});

test('a machine that does not answer in time is no good', async (t) => {
  const host = await machine(t, { python: 'exec sleep 600' });
  await assert.rejects(checkHealth(host, runtime, oneL4, never, { limitMs: 200 }), {
    name: 'MachineError',
    message: 'this computer could not be checked: it did not answer in time.',
  });
});

test('a machine whose Python fails is no good, and what it said is told', async (t) => {
  const host = await machine(t, { python: 'echo Welcome; echo out of luck >&2; exit 1' });
  await assert.rejects(
    checkHealth(host, runtime, oneL4, never),
    (error) => error instanceof MachineError && error.message.endsWith('without an answer. out of luck'),
  );
});

test('a slow disk is told, an unknown speed is not', () => {
  const slow = { ...well, disk: { writeBytesPerSecond: 12 * 1024 ** 2, freeBytes: 1e12 } };
  assert.deepEqual(problemsOf(slow, oneL4, 1), ['Its disk writes 12.0 MB a second; 20.0 MB are needed.']);
  assert.deepEqual(
    problemsOf({ ...well, disk: { writeBytesPerSecond: null, freeBytes: null } }, oneL4, 1),
    [],
  );
});

test('a slow line is told, unless it is our own', () => {
  const slow = { ...well, line: { upBytesPerSecond: 100 * 1024, downBytesPerSecond: 1e6 } };
  assert.deepEqual(problemsOf(slow, oneL4, 1), [
    'The line to it carries 100 KB a second: a gigabyte would take 2 h 54 min.',
  ]);
  assert.equal(isLineSlow(slow, 1), true);
  assert.deepEqual(problemsOf(slow, { ...oneL4, isOwnLineSlow: true }, 1), []);
  assert.deepEqual(
    problemsOf({ ...well, line: { upBytesPerSecond: 0, downBytesPerSecond: 0 } }, oneL4, 0),
    [],
  );
});

test('what the machine found itself comes first', () => {
  const sick = {
    ...well,
    problems: [{ code: 'gpu-fails', message: 'It has no GPU that works: CUDA hangs.' }],
    line: { upBytesPerSecond: 1, downBytesPerSecond: 1 },
  };
  assert.match(problemsOf(sick, oneL4, 1)[0] ?? '', /CUDA hangs/);
});

for (const [name, memoryMib, vramGb] of [
  ['L4', 23_034, 24],
  ['Tesla T4', 15_109, 16],
  ['L40S', 46_068, 48],
  ['H100 80GB HBM3', 81_559, 80],
  ['H200', 143_771, 141],
] as const) {
  test(`a ${name} has the ${vramGb} GB it is sold with`, () => {
    const gpus = [{ name, memoryBytes: memoryMib * 1024 ** 2, driver: null }];
    assert.deepEqual(problemsOf({ ...well, gpus }, { ...oneL4, vramGb }, 1), []);
  });
}

const well: Health = {
  gpus: [{ name: 'NVIDIA L4', memoryBytes: 23_034 * 1024 ** 2, driver: '550.54.15' }],
  cuda: { version: '12.4', devices: 1 },
  matmul: { ok: true, by: 'cuda', seconds: 0.1, message: null, failed: [] },
  disk: { writeBytesPerSecond: 500 * 1024 ** 2, freeBytes: 1e12 },
  problems: [],
  line: { upBytesPerSecond: 5e6, downBytesPerSecond: 5e6 },
};

/** Whether a process runs; what has ended and is not yet waited for does not. */
async function runs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return !(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).includes(') Z ');
  } catch {
    return false;
  }
}
