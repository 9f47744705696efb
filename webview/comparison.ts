import type { ComparisonTable, FromComparison, RunMetrics, ToComparison } from '../src/protocol.js';
import { defaultSettings, type ChartSettings } from './chartSettings.js';
import { chartsPicture } from './chartsPicture.js';
import { ChartsView } from './chartsView.js';
import { ComparisonTableView } from './comparisonTableView.js';
import { element } from './element.js';
import { keepButtons } from './keepButtons.js';
import type { Run } from './run.js';
import { strings } from './strings.js';
import { onDidChangeTheme } from './theme.js';

/** What survives a reload of the window; the editor finds the jobs again by it. */
interface StoredState {
  readonly jobIds: readonly string[];
  readonly hiddenJobs: readonly string[];
  readonly chartSettings: ChartSettings;
  readonly onlyDifferences: boolean;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromComparison): void;
  getState(): Partial<StoredState> | undefined;
  setState(state: StoredState): void;
};

const vscode = acquireVsCodeApi();
let stored: StoredState = {
  jobIds: [],
  hiddenJobs: [],
  chartSettings: defaultSettings,
  onlyDifferences: true,
  ...vscode.getState(),
};
let runs = new Map<string, Run>();

const charts = new ChartsView(
  { hidden: stored.hiddenJobs, settings: stored.chartSettings },
  ({ hidden, settings }) => store({ ...stored, hiddenJobs: hidden, chartSettings: settings }),
);
charts.setEnded(true);
const table = new ComparisonTableView(stored.onlyDifferences, {
  showJob: (jobId) => vscode.postMessage({ type: 'showJob', jobId }),
  onlyDifferences: (onlyDifferences) => store({ ...stored, onlyDifferences }),
});
charts.root.append(
  keepButtons([
    [
      strings.savePicture,
      () => {
        const png = chartsPicture(strings.comparison, charts.families, charts.theme);
        vscode.postMessage({ type: 'picture', png });
      },
    ],
    [strings.actions.copySummary, () => vscode.postMessage({ type: 'copyTable' })],
  ]),
);
const main = document.querySelector('main');
main?.append(element('h1', 'unseen', strings.comparison), element('div', 'results', table.root, charts.root));

window.addEventListener('message', ({ data }: MessageEvent<ToComparison>) => receive(data));
onDidChangeTheme(() => {
  charts.changeTheme();
  table.changeTheme(charts.theme);
});
vscode.postMessage({ type: 'ready' });

function receive(message: ToComparison): void {
  switch (message.type) {
    case 'comparison':
      charts.clear();
      showTable(message.table);
      append(message.metrics);
      break;
    case 'table':
      showTable(message.table);
      break;
    case 'points':
      append(message.metrics);
      break;
    default:
      message satisfies never;
  }
}

function showTable(shown: ComparisonTable): void {
  const known = runs;
  runs = new Map(
    shown.jobs.map(({ id, name }, place) => [id, known.get(id) ?? { id, name, place }] as const),
  );
  table.show(shown, charts.theme);
  const jobIds = shown.jobs.map(({ id }) => id);
  if (jobIds.join() !== stored.jobIds.join()) store({ ...stored, jobIds });
}

function append(metrics: readonly RunMetrics[]): void {
  for (const { jobId, metrics: columns } of metrics) {
    const run = runs.get(jobId);
    if (run) charts.append(columns, run);
  }
}

function store(state: StoredState): void {
  stored = state;
  vscode.setState(state);
}
