import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import type { Job } from '../jobs/job.js';
import { withProgress } from '../views/cancellable.js';
import { whereNow } from '../views/jobWords.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

const remoteSsh = 'ms-vscode-remote.remote-ssh';
/** Extensions that open windows on machines of the user's ssh configuration; all of them go by the same addresses. */
const openers = [remoteSsh, 'jeanp413.open-remote-ssh', 'anysphere.remote-ssh'];

/** A window of VS Code on the job's machine, by Remote-SSH and a name in the user's ssh configuration. */
export async function openRemoteSsh(
  target: unknown,
  { engine, remoteSshHosts, files }: Pick<Door, 'engine' | 'remoteSshHosts' | 'files'>,
): Promise<void> {
  if (vscode.env.remoteName !== undefined) {
    throw new InputError(
      vscode.l10n.t(
        'This window runs on {0}, and Remote-SSH begins on your own computer. Open the job in a window there, or use Open Terminal on the Host.',
        vscode.env.remoteName,
      ),
    );
  }
  await requireRemoteSsh();
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose machine to open in Remote-SSH'), ability: 'overSsh' },
    engine,
  );
  await requireInclude(remoteSshHosts);
  const place = whereNow(job);
  const { alias, path } = await withProgress(vscode.l10n.t('Looking for {0}', place), async (signal) => ({
    alias: await remoteSshHosts.add(job, signal),
    path: await runFolder(job, files, signal),
  }));
  const remoteAuthority = `ssh-remote+${alias}`;
  if (path === undefined) {
    await vscode.commands.executeCommand('vscode.newWindow', { remoteAuthority });
    return;
  }
  const folder = vscode.Uri.from({ scheme: 'vscode-remote', authority: remoteAuthority, path });
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}

async function requireRemoteSsh(): Promise<void> {
  if (openers.some((id) => vscode.extensions.getExtension(id) !== undefined)) return;
  const install = vscode.l10n.t('Install Remote-SSH');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Remote-SSH is not installed. It opens windows of VS Code on other machines.'),
    install,
  );
  if (answer !== install) throw new vscode.CancellationError();
  await vscode.commands.executeCommand('workbench.extensions.installExtension', remoteSsh);
}

/** Asks once: the user's file is theirs. */
async function requireInclude(hosts: Door['remoteSshHosts']): Promise<void> {
  const include = await hosts.include();
  if (await include.isIncluded()) return;
  const add = vscode.l10n.t('Add the Line');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Add a line to your SSH configuration?'),
    {
      modal: true,
      detail: vscode.l10n.t(
        '{0}\n\nRemote-SSH finds machines in ~/.ssh/config. This first line of it makes it find those of Trainyard, in a file of Trainyard; each is taken out of that file when its machine is gone.',
        include.line,
      ),
    },
    add,
  );
  if (answer !== add) throw new vscode.CancellationError();
  await include.include();
}

/** Where there is no SFTP the window opens without a folder. */
async function runFolder(job: Job, files: Door['files'], signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await files.jobFolder(job.spec.id, signal)).path;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
