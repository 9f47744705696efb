import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { parseParameters } from '../../src/recipes/parameters.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { type CleanUp, tempDir } from './tempDir.js';

const runtimeDir = fileURLToPath(new URL('../../runtime/', import.meta.url));

const pointSchema = v.object({
  type: v.literal('progress'),
  data: v.looseObject({
    progress: v.number(),
    step: v.optional(v.number()),
    status: v.optional(v.string()),
    metrics: v.record(v.string(), v.number()),
  }),
});
const modelSchema = v.object({ type: v.literal('model'), path: v.string() });
const errorSchema = v.object({ type: v.literal('error'), message: v.string() });
const lineSchema = v.variant('type', [pointSchema, modelSchema, errorSchema]);

/** Loads a recipe's packages once, which takes longer than its trainings, and has each training run in a fork. */
export class Workshop {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  /**
   * @param program of `runtime/recipes/`
   * @param imports modules that the program loads
   */
  constructor(python: string, program: string, imports: readonly string[]) {
    const script = `
import importlib, json, os, runpy, sys, traceback
runtime, program, imports = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.path[:0] = [runtime, os.path.join(runtime, "recipes")]
os.environ["OMP_WAIT_POLICY"] = "passive"
for name in imports:
    importlib.import_module(name)
for line in sys.stdin:
    variables, log = json.loads(line)
    child = os.fork()
    if child == 0:
        for stream in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        os.environ.update(variables)
        code = 0
        try:
            runpy.run_path(os.path.join(runtime, "recipes", program), run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        os._exit(code)
    print(os.waitpid(child, 0)[1] >> 8, flush=True)`;
    const args = ['-c', script, runtimeDir, program, ...imports];
    this.#process = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Trains with these variables, one training at a time. */
  async train(variables: Readonly<Record<string, string>>, log: string): Promise<Attempt> {
    await writeFile(log, '');
    this.#process.stdin.write(`${JSON.stringify([variables, log])}\n`);
    const answer = await this.#answers.next();
    return new Attempt(Number(answer.value), await readFile(log, 'utf8'));
  }

  dispose(): void {
    this.#process.stdin.end();
  }
}

export interface TableJob {
  readonly recipe: Recipe;
  /** A folder. */
  readonly dataset: string;
  readonly given?: Readonly<Record<string, unknown>>;
}

/** One job: its folder on the machine, and the attempts to train it. */
export class TableRun {
  readonly output: string;
  readonly #folder: string;
  readonly #dataset: string;
  readonly #params: Readonly<Record<string, unknown>>;

  private constructor(folder: string, dataset: string, params: Readonly<Record<string, unknown>>) {
    this.output = join(folder, 'output');
    this.#folder = folder;
    this.#dataset = dataset;
    this.#params = params;
  }

  static async of(test: CleanUp, { recipe, dataset, given = {} }: TableJob): Promise<TableRun> {
    const folder = await tempDir(test);
    await mkdir(join(folder, 'control'));
    return new TableRun(folder, dataset, parseParameters(recipe, given));
  }

  /** Asks for the end before the beginning: the training stops after its first step. */
  askToStop(): Promise<void> {
    return writeFile(join(this.#folder, 'control', 'stop'), '');
  }

  askToSave(): Promise<void> {
    return writeFile(join(this.#folder, 'control', 'save'), '{}');
  }

  async resume(workshop: Workshop, params: Record<string, unknown> = {}): Promise<Attempt> {
    await rm(join(this.#folder, 'control', 'stop'), { force: true });
    return this.train(workshop, 2, params);
  }

  async train(workshop: Workshop, attempt = 1, params: Record<string, unknown> = {}): Promise<Attempt> {
    return workshop.train(await this.prepare(attempt, params), join(this.#folder, 'output.log'));
  }

  /** Puts job.json in place; what the training finds in its environment. */
  async prepare(attempt = 1, params: Record<string, unknown> = {}): Promise<Record<string, string>> {
    const job = { dataset: this.#dataset, params: { ...this.#params, ...params } };
    const jobFile = join(this.#folder, 'job.json');
    await writeFile(jobFile, JSON.stringify(job));
    return {
      PYTHONPATH: runtimeDir,
      TRAINYARD_JOB_FILE: jobFile,
      TRAINYARD_OUTPUT: this.output,
      TRAINYARD_CONTROL: join(this.#folder, 'control'),
      TRAINYARD_ATTEMPT: String(attempt),
    };
  }

  async card(): Promise<unknown> {
    return JSON.parse(await readFile(join(this.output, 'model.card.json'), 'utf8'));
  }

  checkpoints(): Promise<string[]> {
    return readdir(join(this.output, 'checkpoints'));
  }
}

/** What one attempt printed and how it ended. */
export class Attempt {
  readonly exitCode: number | null;
  readonly log: string;
  readonly #lines: readonly v.InferOutput<typeof lineSchema>[];

  constructor(exitCode: number | null, log: string) {
    this.exitCode = exitCode;
    this.log = log;
    this.#lines = log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => v.parse(lineSchema, JSON.parse(line)));
  }

  get points() {
    return this.#lines.flatMap((line) => (line.type === 'progress' ? [line.data] : []));
  }

  get models(): string[] {
    return this.#lines.flatMap((line) => (line.type === 'model' ? [line.path] : []));
  }

  get error(): string | undefined {
    return this.#lines.find((line) => line.type === 'error')?.message;
  }
}

export function succeeded(attempt: Attempt): Attempt {
  assert.equal(attempt.exitCode, 0, attempt.log);
  return attempt;
}

/** As the supervisor starts it: a process of its own. */
export async function trainByItself(
  python: string,
  program: string,
  variables: Readonly<Record<string, string>>,
): Promise<Attempt> {
  const child = spawn(python, ['-u', join(runtimeDir, 'recipes', program)], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...variables },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return new Attempt(await ended, stdout + stderr);
}

/** Runs lines of Python with arguments; what they print. */
export async function runPython(python: string, script: string, args: readonly string[]): Promise<string> {
  const child = spawn(python, ['-c', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = await text(child.stdout);
  assert.equal(await ended, 0, said);
  return said;
}

export async function datasetWith(
  test: CleanUp,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  const folder = await tempDir(test);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}
