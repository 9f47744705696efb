import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeProgressRing,
  type Button,
} from '@vscode/webview-ui-toolkit';
import type { FromPanel, PanelAction, PanelHeader, ToPanel } from '../src/protocol.js';
import { actionButton } from './actionButton.js';
import { CheckpointsView } from './checkpointsView.js';
import { defaultSettings, type ChartSettings } from './chartSettings.js';
import { chartsPicture } from './chartsPicture.js';
import { ChartsView } from './chartsView.js';
import { element } from './element.js';
import { HeaderView } from './headerView.js';
import { keepButtons } from './keepButtons.js';
import { MachinesView } from './machinesView.js';
import { SamplesView } from './samplesView.js';
import { Stopwatch } from './stopwatch.js';
import { strings } from './strings.js';
import { SystemView } from './systemView.js';
import { onDidChangeTheme } from './theme.js';
import { TimelineView } from './timelineView.js';

/** What survives a reload of the window; the editor finds the job again by it. */
interface StoredState {
  readonly jobId: string;
  readonly hiddenMetrics: readonly string[];
  readonly chartSettings: ChartSettings;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPanel): void;
  /** As an earlier version may have left it. */
  getState(): Partial<StoredState> | undefined;
  setState(state: StoredState): void;
};

const tickMs = 1000;
/** In the order of the toolbar; a remedy has its button beside the reason it is for. */
const actions: readonly PanelAction[] = [
  'stop',
  'extend',
  'resume',
  'runAgain',
  'collect',
  'openModel',
  'showLog',
  'openConsole',
];
/** Only where a machine costs money: in other panels their buttons would be riddles. */
const rentedOnly: ReadonlySet<PanelAction> = new Set(['extend', 'openConsole']);

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing());
const vscode = acquireVsCodeApi();
let stored: StoredState = {
  jobId: '',
  hiddenMetrics: [],
  chartSettings: defaultSettings,
  ...vscode.getState(),
};

const stopwatch = new Stopwatch();
const act = (action: PanelAction): void => vscode.postMessage({ type: 'action', action });
const header = new HeaderView(act);
const timeline = new TimelineView();
const machines = new MachinesView();
const system = new SystemView();
const checkpoints = new CheckpointsView((id) => vscode.postMessage({ type: 'revealCheckpoint', id }));
const samples = new SamplesView(panel().dataset.samples ?? '');
const charts = new ChartsView(
  { hidden: stored.hiddenMetrics, settings: stored.chartSettings },
  ({ hidden, settings }) => store({ ...stored, hiddenMetrics: hidden, chartSettings: settings }),
);
charts.root.append(
  keepButtons([
    [strings.actions.exportMetrics, () => act('exportMetrics')],
    [strings.savePicture, savePicture],
    [strings.actions.copySummary, () => act('copySummary')],
  ]),
);

const buttons = new Map(actions.map((action) => [action, actionButton(action, act)]));
const toolbar = element('div', 'actions', ...buttons.values());
toolbar.setAttribute('role', 'group');
toolbar.setAttribute('aria-label', strings.jobActions);
const working = document.createElement('vscode-progress-ring');
working.setAttribute('aria-label', strings.working);
header.state.before(working);
header.root.append(toolbar);
const content = element(
  'div',
  'columns',
  element('div', 'results', charts.root, samples.root),
  element('aside', '', timeline.root, checkpoints.root, machines.root, system.root),
);

window.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => receive(data));
setInterval(() => {
  stopwatch.tick();
  checkpoints.tick();
}, tickMs);
onDidChangeTheme(() => charts.changeTheme());
vscode.postMessage({ type: 'ready' });

function receive(message: ToPanel): void {
  switch (message.type) {
    case 'snapshot':
      if (!header.root.isConnected) panel().replaceChildren(header.root, content);
      showHeader(message.snapshot.header);
      charts.clear();
      charts.append(message.snapshot.metrics);
      system.replace(message.snapshot.system);
      samples.replace(message.snapshot.modelSamples);
      checkpoints.show(message.snapshot.checkpoints);
      break;
    case 'header':
      showHeader(message.header);
      break;
    case 'points':
      charts.append(message.metrics);
      break;
    case 'system':
      system.append(message.samples);
      break;
    case 'modelSamples':
      samples.add(message.samples);
      break;
    case 'checkpoints':
      checkpoints.show(message.checkpoints);
      break;
    case 'unavailable':
      panel().replaceChildren(element('p', 'unavailable', message.message));
      break;
    default:
      message satisfies never;
  }
}

function showHeader(shown: PanelHeader): void {
  if (shown.jobId !== stored.jobId) store({ ...stored, jobId: shown.jobId });
  stopwatch.clear();
  header.show(shown, stopwatch);
  timeline.show(shown.timeline, stopwatch);
  machines.show(shown.money?.machines ?? [], stopwatch);
  charts.setEnded(shown.end !== null);
  samples.setEnded(shown.end !== null);
  system.setTraining(shown.state === 'training');
  working.hidden = shown.end !== null || shown.progress !== null;
  for (const [action, button] of buttons) allow(button, action, shown.actions.includes(action));
}

function savePicture(): void {
  const png = chartsPicture(header.name, charts.families, charts.theme);
  vscode.postMessage({ type: 'picture', png });
}

/** The model is what it was all for: its button stands out as soon as there is one. */
function allow(button: Button, action: PanelAction, allowed: boolean): void {
  button.disabled = !allowed;
  button.hidden = !allowed && rentedOnly.has(action);
  button.appearance = allowed && action === 'openModel' ? 'primary' : 'secondary';
}

function store(state: StoredState): void {
  stored = state;
  vscode.setState(state);
}

function panel(): HTMLElement {
  const main = document.querySelector('main');
  if (!main) throw new Error('The page has no main element.');
  return main;
}
