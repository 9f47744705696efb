import type { Disposable } from '../disposable.js';
import { addToken } from './addToken.js';
import { addProvider } from './addProvider.js';
import { addSshHost } from './addSshHost.js';
import { browseFiles } from './browseFiles.js';
import { checkDataset } from './checkDataset.js';
import { collectModel } from './collectModel.js';
import { compareJobs } from './compareJobs.js';
import { copySshCommand } from './copySshCommand.js';
import { copySummary } from './copySummary.js';
import { customizeScript } from './customizeScript.js';
import type { Door } from './door.js';
import { downloadFile } from './downloadFile.js';
import { exportMetrics } from './exportMetrics.js';
import { extendJob } from './extendJob.js';
import { filterJobs } from './filterJobs.js';
import { forwardPort } from './forwardPort.js';
import { halveBatch } from './halveBatch.js';
import { openConsole } from './openConsole.js';
import { openFullLog } from './openFullLog.js';
import { openModelFolder } from './openModelFolder.js';
import { openPort } from './openPort.js';
import { openRemoteSsh } from './openRemoteSsh.js';
import { openTerminal } from './openTerminal.js';
import { reclaimDisk } from './reclaimDisk.js';
import { CommandRegistry } from './registry.js';
import { removeJob } from './removeJob.js';
import { removeProvider } from './removeProvider.js';
import { removeSshHost } from './removeSshHost.js';
import { repairDataset } from './repairDataset.js';
import { resumeJob } from './resumeJob.js';
import { revealModel } from './revealModel.js';
import { runAgain } from './runAgain.js';
import { runAgainWith } from './runAgainWith.js';
import { searchFullLog } from './searchFullLog.js';
import { showAlarm } from './showAlarm.js';
import { showLog } from './showLog.js';
import { showPanel } from './showPanel.js';
import { startInstance } from './startInstance.js';
import { stopInstance } from './stopInstance.js';
import { stopJob } from './stopJob.js';
import { stopPort } from './stopPort.js';
import { sweepNow } from './sweepNow.js';
import { terminateInstance } from './terminateInstance.js';
import { trainFolder } from './trainFolder.js';
import { trainSample } from './trainSample.js';
import { turnLogPage } from './turnLogPage.js';

/** Every command of the extension, ready to be used. */
export function registerCommands(door: Door): Disposable {
  return new CommandRegistry(
    {
      'trainyard.folder.train': (target) => trainFolder(target, door),
      'trainyard.sample.train': () => trainSample(door),
      'trainyard.dataset.check': (target) => checkDataset(target, door),
      'trainyard.dataset.repair': (target) => repairDataset(target, door),
      'trainyard.script.customize': (target) => customizeScript(target, door),
      'trainyard.job.showPanel': (target) => showPanel(target, door),
      'trainyard.job.showLog': (target) => showLog(target, door),
      'trainyard.job.openFullLog': (target) => openFullLog(target, door),
      'trainyard.job.stop': (target, selected) => stopJob(target, selected, door),
      'trainyard.job.extend': (target) => extendJob(target, door),
      'trainyard.job.resume': (target) => resumeJob(target, door),
      'trainyard.job.runAgain': (target) => runAgain(target, door),
      'trainyard.job.runAgainWith': (target) => runAgainWith(target, door),
      'trainyard.job.halveBatch': (target) => halveBatch(target, door),
      'trainyard.job.addToken': (target) => addToken(target, door),
      'trainyard.job.reclaimDisk': (target) => reclaimDisk(target, door),
      'trainyard.job.collectModel': (target) => collectModel(target, door),
      'trainyard.job.revealModel': (target) => revealModel(target, door),
      'trainyard.job.openModelFolder': (target) => openModelFolder(target, door),
      'trainyard.job.openTerminal': (target) => openTerminal(target, door),
      'trainyard.job.copySshCommand': (target) => copySshCommand(target, door),
      'trainyard.job.compare': (target, selected) => compareJobs(target, selected, door),
      'trainyard.job.exportMetrics': (target) => exportMetrics(target, door),
      'trainyard.job.copySummary': (target) => copySummary(target, door),
      'trainyard.job.forwardPort': (target) => forwardPort(target, door),
      'trainyard.job.browseFiles': (target) => browseFiles(target, door),
      'trainyard.job.openRemoteSsh': (target) => openRemoteSsh(target, door),
      'trainyard.job.remove': (target, selected) => removeJob(target, selected, door),
      'trainyard.fullLog.older': (target) => turnLogPage(-1, target, door),
      'trainyard.fullLog.newer': (target) => turnLogPage(1, target, door),
      'trainyard.fullLog.search': (target) => searchFullLog(target, door),
      'trainyard.port.browse': (target) => openPort(target, door),
      'trainyard.port.stop': (target) => stopPort(target, door),
      'trainyard.machineFiles.refresh': () => door.filesView.refresh(),
      'trainyard.machineFiles.close': () => door.filesView.close(),
      'trainyard.machineFile.download': (target) => downloadFile(target, door),
      'trainyard.provider.add': (target) => addProvider(target, door),
      'trainyard.provider.remove': (target) => removeProvider(target, door),
      'trainyard.sshHost.add': () => addSshHost(door),
      'trainyard.sshHost.remove': (target) => removeSshHost(target, door),
      'trainyard.instance.terminate': (target) => terminateInstance(target, door),
      'trainyard.instance.stop': (target) => stopInstance(target, door),
      'trainyard.instance.start': (target) => startInstance(target, door),
      'trainyard.instance.openConsole': (target) => openConsole(target, door),
      'trainyard.fleet.refresh': () => door.view.look(),
      'trainyard.fleet.filter': () => filterJobs(door),
      'trainyard.fleet.clearFilter': () => door.view.filter([]),
      'trainyard.fleet.groupByWorkspace': () => door.view.groupBy('workspace'),
      'trainyard.fleet.groupByProvider': () => door.view.groupBy('provider'),
      'trainyard.fleet.sweep': () => sweepNow(door),
      'trainyard.alarm.show': () => showAlarm(door),
      'trainyard.log.show': () => door.log.show(),
    },
    door.log,
  );
}
