import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainyardHome } from '../../../src/home.js';
import type { NewEvent } from '../../../src/jobs/job.js';
import { Journal } from '../../../src/jobs/journal.js';
import { SshHosts } from '../../../src/providers/sshHosts.js';
import type { Sshd } from '../../support/sshd.js';

/** A job that failed on a machine of the user's own, as its files tell; nothing has to train for it. */
export interface SshJob {
  readonly id: string;
  /** The folder it was trained on, in which there is a `train.py`. */
  readonly dataset: string;
  /** Its folder on the machine, with what it left there. */
  readonly run: string;
  /** The mirror of its log. */
  readonly log: string;
}

/** Makes the job in the home folder that the editor under test uses. */
export async function failedSshJob(id: string, folder: string, sshd: Sshd): Promise<SshJob> {
  const home = TrainyardHome.fromEnvironment(process.env);
  const destination = `${sshd.user}@${sshd.host}:${sshd.port}`;
  await mkdir(home.path, { recursive: true });
  await new SshHosts(home.sshHosts).add({ destination, identityFiles: [sshd.keyFile] });
  const dataset = join(folder, 'data');
  await mkdir(dataset);
  await writeFile(join(dataset, 'train.py'), 'import json\n\njson.loads("")\n');
  const run = join(sshd.home, '.trainyard', 'runs', id);
  await mkdir(join(run, 'output'), { recursive: true });
  await writeFile(join(run, 'output', 'notes.txt'), 'what it left\n');
  const log = [
    'epoch 1 loss 0.5',
    'Traceback (most recent call last):',
    `  File "${run}/work/train.py", line 3, in <module>`,
    '  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads',
    'torch.OutOfMemoryError: CUDA out of memory.',
    '',
  ].join('\n');
  const job = await home.makeJob(id);
  await writeFile(job.log, log);
  const place = { provider: 'ssh', destination, identityFiles: [sshd.keyFile] };
  await writeJournal(job.journal, { id, dataset, place, to: join(folder, 'models') });
  return { id, dataset, run, log: job.log };
}

async function writeJournal(
  path: string,
  {
    id,
    dataset,
    place,
    to,
  }: {
    readonly id: string;
    readonly dataset: string;
    readonly place: { provider: string; destination: string; identityFiles: string[] };
    readonly to: string;
  },
): Promise<void> {
  const journal = await Journal.create(path, {
    type: 'planned',
    spec: {
      id,
      name: 'data',
      created: new Date().toISOString(),
      dataset,
      recipe: 'script',
      parameters: {},
      place,
      rent: null,
      limits: { hours: null, stallMinutes: null, graceSeconds: 30, budgetUsd: null, keepMinutes: 120 },
      results: { to, checkpoints: false },
    },
  });
  const failed = { code: 'cuda-out-of-memory', message: 'The GPU ran out of memory.', fix: null };
  const events: readonly NewEvent[] = [
    { type: 'launch.intended', label: `trainyard-${id}` },
    { type: 'launched', instance: { provider: 'ssh', id: place.destination, usdPerHour: 0 } },
    { type: 'connected' },
    { type: 'prepared', environment: { python: '/usr/bin/python3', hash: 'system' } },
    { type: 'uploaded', dataset: { path: '/nowhere', hash: '1' } },
    { type: 'training.started', pid: 1 },
    { type: 'training.ended', training: { exitCode: 1, signal: null, cause: 'exited', message: null } },
    { type: 'collected', files: [], outcome: 'failed', reason: failed },
    { type: 'released' },
  ];
  for (const event of events) await journal.append(event);
}
