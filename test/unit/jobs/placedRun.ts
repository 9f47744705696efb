import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { JobFolder } from '../../../src/home.js';
import { Agent } from '../../../src/remote/agent.js';
import { LocalHost } from '../../../src/remote/localHost.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { tempDir } from '../../support/tempDir.js';

export interface PlacedRun {
  readonly jobId: string;
  /** Of the job here; it is there. */
  readonly folder: JobFolder;
  readonly host: LocalHost;
  readonly agent: Agent;
  readonly runtime: RuntimeFiles;
  /** Holds all of this. */
  readonly base: string;
  /** The run's output folder on the machine, with those folders in it. */
  readonly output: string;
}

/** A run that is in place on this computer, as on a machine. */
export async function placedRun(
  t: TestContext,
  jobId: string,
  folders: readonly string[],
): Promise<PlacedRun> {
  const base = await tempDir(t);
  const host = new LocalHost({ root: join(base, 'machine') });
  const runtime = new RuntimeFiles(join(import.meta.dirname, '../../../runtime'));
  const agent = await Agent.start(host, runtime, t.signal);
  t.after(() => agent.dispose());
  const run = join(base, 'machine', 'runs', jobId);
  const output = join(run, 'output');
  const job = {
    version: 1,
    job: jobId,
    attempt: 1,
    recipe: 'script',
    params: {},
    argv: ['x'],
    env: {},
  } as const;
  const limits = { hours: null, stallMinutes: null, graceSeconds: 30, endsAt: null, warnSeconds: null };
  await agent.install(jobId, {}, { ...job, limits, dataset: base, output, cwd: run }, t.signal);
  for (const folder of folders) await mkdir(join(output, folder), { recursive: true });
  await mkdir(join(base, 'job'));
  return { jobId, folder: new JobFolder(join(base, 'job')), host, agent, runtime, base, output };
}
