import type { Disposable } from '../disposable.js';
import { addSshHost } from './addSshHost.js';
import { collectModel } from './collectModel.js';
import { copySshCommand } from './copySshCommand.js';
import type { Door } from './door.js';
import { openModelFolder } from './openModelFolder.js';
import { openTerminal } from './openTerminal.js';
import { CommandRegistry } from './registry.js';
import { removeJob } from './removeJob.js';
import { removeSshHost } from './removeSshHost.js';
import { resumeJob } from './resumeJob.js';
import { revealModel } from './revealModel.js';
import { showLog } from './showLog.js';
import { showPanel } from './showPanel.js';
import { stopJob } from './stopJob.js';
import { trainFolder } from './trainFolder.js';
import { trainSample } from './trainSample.js';

/** Every command of the extension, ready to be used. */
export function registerCommands(door: Door): Disposable {
  return new CommandRegistry(
    {
      'trainyard.folder.train': (target) => trainFolder(target, door),
      'trainyard.sample.train': () => trainSample(door),
      'trainyard.job.showPanel': (target) => showPanel(target, door),
      'trainyard.job.showLog': (target) => showLog(target, door),
      'trainyard.job.stop': (target) => stopJob(target, door),
      'trainyard.job.resume': (target) => resumeJob(target, door),
      'trainyard.job.collectModel': (target) => collectModel(target, door),
      'trainyard.job.revealModel': (target) => revealModel(target, door),
      'trainyard.job.openModelFolder': (target) => openModelFolder(target, door),
      'trainyard.job.openTerminal': (target) => openTerminal(target, door),
      'trainyard.job.copySshCommand': (target) => copySshCommand(target, door),
      'trainyard.job.remove': (target) => removeJob(target, door),
      'trainyard.sshHost.add': () => addSshHost(door),
      'trainyard.sshHost.remove': (target) => removeSshHost(target, door),
      'trainyard.fleet.refresh': () => door.view.look(),
      'trainyard.log.show': () => door.log.show(),
    },
    door.log,
  );
}
