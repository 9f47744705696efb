/** Every command of the manifest, `trainyard.<noun>.<verb>`; a test keeps the two equal. */
export const commandIds = [
  'trainyard.folder.train',
  'trainyard.sample.train',
  'trainyard.dataset.check',
  'trainyard.dataset.repair',
  'trainyard.script.customize',
  'trainyard.job.showPanel',
  'trainyard.job.showLog',
  'trainyard.job.stop',
  'trainyard.job.resume',
  'trainyard.job.runAgain',
  'trainyard.job.halveBatch',
  'trainyard.job.addToken',
  'trainyard.job.reclaimDisk',
  'trainyard.job.collectModel',
  'trainyard.job.revealModel',
  'trainyard.job.openModelFolder',
  'trainyard.job.openTerminal',
  'trainyard.job.copySshCommand',
  'trainyard.job.remove',
  'trainyard.sshHost.add',
  'trainyard.sshHost.remove',
  'trainyard.fleet.refresh',
  'trainyard.log.show',
] as const;

export type CommandId = (typeof commandIds)[number];
