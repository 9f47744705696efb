import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { MachineError } from '../../../src/errors.js';
import { bootPayload, pythonArguments } from '../../../src/remote/boot.js';
import { ensureEnvironment, type ReadyEnvironment } from '../../../src/remote/environment.js';
import { LocalHost } from '../../../src/remote/localHost.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { tempDir } from '../../support/tempDir.js';

const run = promisify(execFile);
const runtime = new RuntimeFiles(fileURLToPath(new URL('../../../runtime/', import.meta.url)));
const never = new AbortController().signal;

/** Writes a package into a folder, so that something can be installed without a network. */
const writeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/tiny_yard-1.0-py3-none-any.whl", "w") as wheel:
    info = "tiny_yard-1.0.dist-info/"
    wheel.writestr("tiny_yard.py", "answer = 42\\n")
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny-yard\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "".join(name + ",,\\n" for name in wheel.namelist()))
`;

/** A Trainyard folder on this computer beside an index with one package. */
class Yard {
  readonly root: string;
  readonly requirements: readonly string[];
  readonly #host: LocalHost;

  private constructor(folder: string, python?: string) {
    this.root = join(folder, 'root');
    this.requirements = ['--no-index', `--find-links ${folder}`, 'tiny-yard==1.0'];
    this.#host = new LocalHost({ root: this.root, ...(python === undefined ? {} : { python }) });
  }

  static async make(
    t: TestContext,
    options: { python?: (folder: string) => Promise<string> } = {},
  ): Promise<Yard> {
    const folder = await tempDir(t);
    await run('python3', ['-c', writeWheel, folder]);
    return new Yard(folder, await options.python?.(folder));
  }

  ensure(requirements = this.requirements, options: EnsureOptions = {}): Promise<ReadyEnvironment> {
    const { minimumPython = '3.8', onProgress = () => undefined, signal = never } = options;
    return ensureEnvironment(this.#host, runtime, { requirements, minimumPython }, onProgress, signal);
  }
}

interface EnsureOptions {
  readonly minimumPython?: string;
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
}

async function answerOf(python: string): Promise<string> {
  return (await run(python, ['-c', 'import tiny_yard; print(tiny_yard.answer)'])).stdout.trim();
}

async function executable(path: string, script: string): Promise<string> {
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

/** This computer's Python, on a machine that has no uv. */
async function pythonWithoutUv(folder: string): Promise<string> {
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
  const script = `#!/bin/sh\nPATH='${folder}/none' HOME='${folder}/none' exec '${stdout.trim()}' "$@"\n`;
  return executable(join(folder, 'python3'), script);
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof MachineError, String(error));
  return error.message;
}

test("without requirements it is the machine's own Python", async (t) => {
  const yard = await Yard.make(t);
  const found = await yard.ensure([]);
  assert.deepEqual({ ...found, python: '' }, { python: '', hash: 'system', reused: true });
  assert.match((await run(found.python, ['--version'])).stdout, /^Python 3\./);
});

test('an environment is made once, and found again whatever the order of its requirements', async (t) => {
  const yard = await Yard.make(t);
  const said: string[] = [];
  const made = await yard.ensure(yard.requirements, { onProgress: (message) => said.push(message) });
  assert.equal(made.reused, false);
  assert.equal(await answerOf(made.python), '42');
  assert.match(said[0] ?? '', /^Making an environment with Python 3\.\d+$/);
  assert.equal(said[1], 'Installing 1 package');
  const again = await yard.ensure([...yard.requirements].reverse());
  assert.deepEqual(again, { ...made, reused: true });
});

test('venv and pip do where there is no uv', async (t) => {
  const yard = await Yard.make(t, { python: pythonWithoutUv });
  const made = await yard.ensure();
  assert.equal(await answerOf(made.python), '42');
  assert.match((await run(made.python, ['-m', 'pip', '--version'])).stdout, /^pip /);
});

test('a half-built environment is built anew', async (t) => {
  const yard = await Yard.make(t);
  const made = await yard.ensure();
  await rm(join(yard.root, 'envs', made.hash, '.trainyard-environment.json'));
  await rm(made.python);
  const again = await yard.ensure();
  assert.deepEqual(again, made);
  assert.equal(await answerOf(again.python), '42');
});

test('two that need the same environment at once build it once', async (t) => {
  const yard = await Yard.make(t);
  const both = await Promise.all([yard.ensure(), yard.ensure()]);
  assert.deepEqual(both.map(({ reused }) => reused).sort(), [false, true]);
  assert.equal(both[0].python, both[1].python);
});

test('an abort ends the work, and the next call does it', async (t) => {
  const yard = await Yard.make(t);
  const stop = new AbortController();
  const aborted = yard.ensure(yard.requirements, { onProgress: () => stop.abort(), signal: stop.signal });
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.equal(await answerOf((await yard.ensure()).python), '42');
});

test('a package that does not exist is named, with uv and with pip', async (t) => {
  for (const yard of [await Yard.make(t), await Yard.make(t, { python: pythonWithoutUv })]) {
    assert.match(
      await rejection(yard.ensure([...yard.requirements, 'no-such-yard==2.0'])),
      /^No environment on this computer: The package no-such-yard(==2\.0)? could not be installed for Python 3\.\d+; check its name and version\.$/,
    );
  }
});

test('a Python that is too old says what to install', async (t) => {
  const yard = await Yard.make(t);
  assert.match(
    await rejection(yard.ensure([], { minimumPython: '3.99' })),
    /^No environment on this computer: Python 3\.99 or newer is needed, and its newest is 3\.\d+; install one, for example with `sudo apt install python3\.99 python3\.99-venv`\.$/,
  );
});

test('a folder that cannot be written says which', async (t) => {
  const yard = await Yard.make(t);
  await writeFile(yard.root, 'a file');
  assert.equal(
    await rejection(yard.ensure()),
    `No environment on this computer: Nothing can be written to ${yard.root}: Not a directory.`,
  );
});

test('a machine without python3 says so', async (t) => {
  const yard = await Yard.make(t, { python: (folder) => Promise.resolve(join(folder, 'no-python')) });
  assert.match(await rejection(yard.ensure()), /^There is no .*no-python on this computer/);
});

test('a program that dies without an answer says what it said last', async (t) => {
  const dying = (folder: string): Promise<string> =>
    executable(join(folder, 'python3'), '#!/bin/sh\necho Welcome\necho bad interpreter >&2\nexit 3\n');
  const yard = await Yard.make(t, { python: dying });
  assert.equal(
    await rejection(yard.ensure()),
    'No environment on this computer: environment.py ended without an answer. bad interpreter',
  );
});

test('a Python without its venv module gets the remedy in one sentence', async (t) => {
  const folder = await tempDir(t);
  const real = await pythonWithoutUv(folder);
  const said = 'The virtual environment was not created successfully because ensurepip is not available.';
  const script = `#!/bin/sh\nif [ "$1" = -m ]; then echo "${said}"; exit 1; fi\nexec '${real}' "$@"\n`;
  const debian = await executable(join(folder, 'debian-python'), script);
  const request = { root: folder, requirements: ['six'], minimumPython: '3.8', python: debian };

  const child = spawn(real, pythonArguments);
  child.stdin.end(bootPayload(await runtime.program('environment.py', request)));
  const answer = (await text(child.stdout)).trim().split('\n').at(-1) ?? '';

  const failed = v.parse(
    v.object({ code: v.string(), message: v.string(), lines: v.array(v.string()) }),
    JSON.parse(answer),
  );
  assert.equal(failed.code, 'no-venv');
  assert.match(
    failed.message,
    /^Python (3\.\d+) comes without its venv module; install it with `sudo apt install python\1-venv`, or install uv\.$/,
  );
  assert.deepEqual(failed.lines, [said]);
});
