import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { NotFoundError } from '../errors.js';
import type { Trainyard } from '../trainyard.js';
import { HostTerminal } from '../views/hostTerminal.js';
import { can } from '../views/jobAbilities.js';
import { whereNow } from '../views/jobWords.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** A shell on the machine of a job; on this computer in the folder of the run. */
export async function openTerminal(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose machine to open'), ability: 'hasMachine' },
    engine,
  );
  const { id, name } = job.spec;
  const terminal = can(job, 'overSsh')
    ? vscode.window.createTerminal({
        name: whereNow(job),
        pty: new HostTerminal(await engine.machine(job), whereNow(job)),
      })
    : vscode.window.createTerminal({ name, cwd: await runFolder(id, engine) });
  terminal.show();
}

async function runFolder(jobId: string, { home }: Trainyard): Promise<string> {
  const folder = join(home.path, 'runs', jobId);
  try {
    await access(folder);
    return folder;
  } catch (cause) {
    throw new NotFoundError(
      vscode.l10n.t('{0} has no folder on this computer yet. Try again when it trains.', jobId),
      {
        cause,
      },
    );
  }
}
