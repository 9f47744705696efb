import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { registerCommands } from './commands/index.js';
import type { CommandId } from './commands/commandIds.js';
import { messageOf } from './errors.js';
import { Fleet } from './fleet.js';
import { TrainyardHome } from './home.js';
import { EnvironmentSecrets, SecretSources } from './jobs/secrets.js';
import { speak } from './l10n.js';
import { createHostOpener } from './lazyHosts.js';
import type { PanelAction } from './protocol.js';
import { RuntimeFiles } from './remote/runtimeFiles.js';
import { Trainyard } from './trainyard.js';
import { AgentTools } from './views/agentTools.js';
import { EditorCloudSettings } from './views/cloudSettings.js';
import { ComparisonPanels } from './views/comparisonPanels.js';
import { ContextKeys } from './views/contextKeys.js';
import { DatasetProblems } from './views/datasetProblems.js';
import { askDearer } from './views/dearerQuestion.js';
import { EndNotices } from './views/endNotices.js';
import { FleetView } from './views/fleetView.js';
import { FullLogs } from './views/fullLogs.js';
import { JobOutputs } from './views/jobOutputs.js';
import { JobPanels } from './views/jobPanels.js';
import { keepPicture } from './views/keptFile.js';
import { LiveProgress } from './views/liveProgress.js';
import { MachineFilesView } from './views/machineFilesView.js';
import { MachineFileSystem } from './views/machineFileSystem.js';
import { MoneyNotices } from './views/moneyNotices.js';
import { FeedPanelSource } from './views/panelSource.js';
import { mayHoldKey } from './views/keyOnMachine.js';
import { askPassphrase } from './views/passphrase.js';
import { PortForwards } from './views/portForwards.js';
import { RemoteSshHosts } from './views/remoteSshHosts.js';
import { revealCheckpoint } from './views/revealFile.js';
import { RunFileLanguage } from './views/runFileLanguage.js';
import { SecretStore } from './views/secretStore.js';
import { JobsStatusItem } from './views/statusBar.js';
import { Sweeper } from './views/sweeper.js';
import { TrainTasks } from './views/trainTasks.js';
import { WhoTells } from './views/whoTells.js';

const pollMs = Number(process.env.TRAINYARD_POLL_MS) || 1_000;

/** Builds the editor's door to the engine. What is added last ends first: commands, then views, the fleet, the log. */
export function activate(context: vscode.ExtensionContext): void {
  speak(vscode.l10n.bundle ?? {});
  const { subscriptions, extensionPath, extensionUri } = context;
  const own = <T extends vscode.Disposable>(part: T): T => {
    subscriptions.unshift(part);
    return part;
  };
  const log = own(vscode.window.createOutputChannel('Trainyard', { log: true }));
  const home = chooseHome();
  const hosts = createHostOpener({
    home,
    env: process.env,
    logger: log,
    askPassphrase,
    onFirstSight: (message) => void vscode.window.showInformationMessage(message),
  });
  const runtime = new RuntimeFiles(join(extensionPath, 'runtime'));
  const secrets = own(new SecretStore(context.secrets));
  const keys = new SecretSources(secrets, new EnvironmentSecrets(process.env));
  const clouds = new EditorCloudSettings({ keys, read: readSetting });
  const engine = new Trainyard({
    home,
    runtime,
    hosts,
    secrets: keys,
    cloudSettings: clouds,
    mayHoldKey: (provider) => Promise.resolve(mayHoldKey(provider)),
    askDearer,
    monthlyBudgetUsd: () => clouds.monthlyBudgetUsd(process.env),
    logger: log,
    pollMs,
  });
  const fleet = own(new Fleet(engine, { pollMs }));
  const contextKeys = new ContextKeys();
  own(fleet.onDidChange.on((snapshot) => contextKeys.tell(snapshot)));
  own(secrets.onDidChange.on(() => void look(fleet, log)));
  own(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('trainyard')) void look(fleet, log);
    }),
  );

  const progress = own(new LiveProgress(engine, fleet));
  const ports = own(new PortForwards(engine, fleet));
  const view = own(new FleetView({ engine, fleet, progress, ports, memento: context.workspaceState }));
  const files = own(new MachineFileSystem(engine, fleet));
  const filesView = own(new MachineFilesView(files, fleet));
  const remoteSshHosts = own(new RemoteSshHosts(engine, fleet));
  const sweeper = own(new Sweeper(engine, fleet, log));
  own(new JobsStatusItem({ engine, fleet, progress, sweeper }));
  const who = own(new WhoTells(fleet));
  own(new EndNotices(engine, fleet, who));
  own(new MoneyNotices({ fleet, progress, who }));
  const endsByItself = (provider: string): boolean =>
    engine.providers.cloud(provider).facts.selfEnd === 'scoped-key' || mayHoldKey(provider);
  const outputs = own(new JobOutputs(engine, fleet));
  const logs = own(new FullLogs(engine, vscode.Uri.joinPath(extensionUri, 'media')));
  const panels = own(
    new JobPanels({
      extensionUri,
      logger: log,
      modelSamples: (jobId) => home.job(jobId).modelSamples,
      open: async (jobId) => FeedPanelSource.open(await engine.feed(jobId), endsByItself),
      keepPicture: (name, png) => void keepPicture(name, png, log),
      revealCheckpoint: (path) => void revealCheckpoint(path, log),
      act: (jobId, action) => void vscode.commands.executeCommand(panelCommands[action], jobId),
    }),
  );
  const comparisons = own(
    new ComparisonPanels({
      extensionUri,
      logger: log,
      open: async (jobIds) => {
        const { ComparisonSource } = await import('./views/later.js');
        return ComparisonSource.open(jobIds, (jobId) => engine.feed(jobId));
      },
      showJob: (jobId) => panels.show(jobId),
      keepPicture: (name, png) => void keepPicture(name, png, log),
    }),
  );
  const problems = own(new DatasetProblems());
  own(new RunFileLanguage(engine));
  own(new AgentTools({ engine, fleet }));
  own(new TrainTasks({ engine, fleet, secrets }));
  const samples = join(extensionPath, 'samples');
  own(
    registerCommands({
      engine,
      fleet,
      log,
      view,
      panels,
      comparisons,
      outputs,
      logs,
      ports,
      files,
      filesView,
      remoteSshHosts,
      problems,
      secrets,
      sweeper,
      samples,
    }),
  );

  void look(fleet, log).then(() => sweeper.start());
}

const panelCommands: Readonly<Record<PanelAction, CommandId>> = {
  stop: 'trainyard.job.stop',
  resume: 'trainyard.job.resume',
  runAgain: 'trainyard.job.runAgain',
  halveBatch: 'trainyard.job.halveBatch',
  addToken: 'trainyard.job.addToken',
  reclaimDisk: 'trainyard.job.reclaimDisk',
  showLog: 'trainyard.job.showLog',
  openModel: 'trainyard.job.revealModel',
  collect: 'trainyard.job.collectModel',
  extend: 'trainyard.job.extend',
  openConsole: 'trainyard.instance.openConsole',
  exportMetrics: 'trainyard.job.exportMetrics',
  copySummary: 'trainyard.job.copySummary',
};

/** The setting comes before the environment; it belongs to the user, never to a workspace. */
function chooseHome(): TrainyardHome {
  const set = vscode.workspace.getConfiguration('trainyard').get<string>('home', '').trim();
  if (set === '') return TrainyardHome.fromEnvironment(process.env);
  return new TrainyardHome(resolve(set.replace(/^~(?=[\\/]|$)/, homedir())));
}

const readSetting = (name: string): unknown => vscode.workspace.getConfiguration('trainyard').get(name);

/** Jobs that nobody drives go on in this window; keys and settings may be others than before. */
async function look(fleet: Fleet, log: vscode.LogOutputChannel): Promise<void> {
  try {
    await fleet.refresh();
  } catch (error) {
    log.error(`fleet look → ${messageOf(error)}`);
  }
}
