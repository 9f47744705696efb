import type {
  ComparisonRow,
  PanelAction,
  PanelCheckpoint,
  PanelState,
  PanelStep,
  TimelineItem,
} from '../src/protocol.js';
import type { FamilyId } from '../src/metricKind.js';
import type { IdleCause, IdleGpu } from './idleGpu.js';
import type { Axis, AxisChoice } from './series.js';

const axes = { step: 'Step', epoch: 'Epoch', time: 'Time', order: 'Point' } satisfies Record<Axis, string>;
const onAxis = (axis: Axis): string => axes[axis].toLowerCase();

const numberOf = (index: number, count: number): string => (count === 1 ? '' : ` ${String(index + 1)}`);

const idleCauses: Readonly<Record<IdleCause, string>> = {
  unused:
    'Nothing of the training is in its memory: the training probably runs on the CPU. Look in the log for the device it uses.',
  others: 'The training probably uses only some of them. Look at how it is told which to use.',
  processors:
    'The CPU is busy, so preparing the data probably takes longer than training on it. Smaller images, a cache or less augmentation help.',
  memory: 'The machine has no memory left and probably swaps. A smaller cache or fewer workers help.',
  waiting:
    'The CPU is not busy either: the training probably waits for its data or gets it in crumbs. More workers, a cache or a larger batch help.',
};

/** Every text of the panel that is not the job's own. */
export const strings = {
  states: {
    planned: 'Planned',
    launching: 'Launching',
    connecting: 'Connecting',
    preparing: 'Preparing',
    uploading: 'Uploading',
    training: 'Training',
    collecting: 'Collecting',
    releasing: 'Releasing',
    recovering: 'Recovering',
    succeeded: 'Succeeded',
    failed: 'Failed',
    cancelled: 'Cancelled',
  } satisfies Record<PanelState, string>,

  steps: {
    planned: 'Plan',
    launching: 'Launch',
    connecting: 'Connect',
    preparing: 'Prepare',
    uploading: 'Upload',
    training: 'Train',
    collecting: 'Collect',
    releasing: 'Release',
    recovering: 'Recover',
    ended: 'End',
  } satisfies Record<PanelStep, string>,

  stepStatus: {
    done: 'done',
    active: 'now',
    waiting: 'to come',
    failed: 'failed',
  } satisfies Record<TimelineItem['status'], string>,

  actions: {
    stop: 'Stop',
    resume: 'Resume',
    runAgain: 'Run Again',
    showLog: 'Show Log',
    openModel: 'Open Model',
    collect: 'Collect',
    extend: 'Extend…',
    openConsole: 'Open Console',
    exportMetrics: 'Export CSV…',
    copySummary: 'Copy as Markdown',
    halveBatch: 'Halve Batch and Run Again',
    addToken: 'Add Token and Run Again…',
    reclaimDisk: 'Free Disk Space…',
  } satisfies Record<PanelAction, string>,

  families: {
    loss: 'Loss',
    accuracy: 'Accuracy',
    map: 'mAP',
    error: 'Error',
    learningRate: 'Learning rate',
    gpu: 'GPU',
  } satisfies Record<Exclude<FamilyId, 'other'>, string>,

  axes,

  jobActions: 'Job actions',
  progress: 'Progress',
  working: 'Working',
  elapsed: (duration: string) => `${duration} elapsed`,
  took: (duration: string) => `took ${duration}`,
  remaining: (duration: string) => `about ${duration} left`,
  almostDone: 'less than a minute left',
  epochOf: (epoch: string, total: string) => `Epoch ${epoch} of ${total}`,
  epoch: (epoch: string) => `Epoch ${epoch}`,
  stepOf: (step: string, total: string) => `Step ${step} of ${total}`,
  step: (step: string) => `Step ${step}`,

  money: 'Cost',
  soFar: (usd: string) => `${usd} so far`,
  expected: (usd: string) => `about ${usd} in all`,
  budget: 'Share of the budget that is spent',
  ofBudget: (share: string, budget: string) => `${share} of the budget of ${budget}`,
  endsItself: (duration: string) =>
    `The machine ends itself in ${duration} at the latest, also when this computer is off.`,
  endedFromHere: (duration: string) =>
    `Only this computer ends the machine, in ${duration} at the latest. While it is off, the machine goes on costing money.`,
  overdue:
    'The machine could not be ended yet and may go on costing money. Trainyard goes on trying; you can end it in the console.',
  machines: 'Rented machines',
  machine: 'Machine',
  time: 'Time',
  cost: 'Cost',
  replaced: (why: string) => `Replaced: ${why}`,

  charts: 'Metrics',
  noMetrics: 'No metrics yet. A chart appears with the first number the training reports.',
  noMetricsAtEnd: 'The training reported no numbers to chart. The log holds all it printed.',
  chartTools: 'How charts are drawn',
  axis: 'Axis',
  axisChoices: { auto: 'Automatic', step: 'Step', epoch: 'Epoch', time: 'Time' } satisfies Record<
    AxisChoice,
    string
  >,
  smoothing: 'Smoothing',
  logarithmic: 'Log scale',
  showAll: 'Show All',
  savePicture: 'Save Picture…',
  exports: 'Keep the numbers',
  plotOf: (title: string) =>
    `${title}: arrow keys read values, plus and minus zoom, Shift and arrow keys move, Escape shows all.`,
  plotHelp: 'Drag to zoom, Shift and drag to move, double-click to see all',
  lineOfRun: (run: string, metric: string) => `${run} · ${metric}`,
  atCursor: (axis: Axis, position: string, values: readonly string[]) =>
    `${axes[axis]} ${position}: ${values.join(', ')}`,
  chartOf: (title: string) => `${title} chart. The table below has the last and best values.`,
  valuesOf: (title: string) => `${title}: last and best values`,
  metric: 'Metric',
  last: 'Last',
  best: 'Best',
  at: (axis: Axis) => `at ${onAxis(axis)}`,
  /** `position` of the first one; `null` when it is out of sight. */
  notFinite: (count: number, axis: Axis, position: string | null) => {
    if (count === 1)
      return `1 value is not a number${position === null ? '' : ` (${onAxis(axis)} ${position})`}.`;
    const first = position === null ? '' : ` (first at ${onAxis(axis)} ${position})`;
    return `${String(count)} values are not numbers${first}.`;
  },
  notAboveZero: 'Values of zero and below have no place on a log scale.',
  toggle: 'Show or hide this line',

  comparison: 'Comparison of jobs',
  onlyDifferences: 'Only what differs',
  noDifferences: 'These jobs do not differ in what was asked of them or in what came of it.',
  comparedAbout: { job: 'Job', parameter: 'Parameters', result: 'Results (best)' } satisfies Record<
    ComparisonRow['about'],
    string
  >,
  openJob: (name: string) => `Open the panel of ${name}`,
  differs: ', differs',
  bestOfAll: ', the best',

  samples: 'Samples',
  emptyPrompt: 'Without a prompt',
  generated: 'Generated',
  reference: 'Reference',
  olderSample: 'Show an earlier sample',
  newerSample: 'Show a later sample',
  sampleOf: (index: string, count: string) => `${index} of ${count}`,
  enlarge: 'Show larger or smaller',
  imageToCome: 'The image is not here yet.',
  imageNotKept: 'The image was not kept.',
  imageBroken: 'The image cannot be shown.',

  checkpoints: 'Checkpoints',
  checkpointPlaces: {
    machine: 'on the machine',
    left: 'left on the machine',
  } satisfies Record<Exclude<PanelCheckpoint['place'], 'here'>, string>,
  checkpointHere: 'here',
  revealCheckpoint: (name: string) => `Show ${name} on this computer`,
  ago: (duration: string) => `${duration} ago`,
  allCheckpoints: (count: number) => `Show All ${count.toLocaleString()}`,
  fewerCheckpoints: 'Show Fewer',

  timeline: 'Steps',
  attempt: (attempt: number) => `Attempt ${String(attempt)}`,

  system: 'Machine',
  /** Over the time that is looked at: two minutes. */
  idle: ({ percent, cause, working, count }: IdleGpu) => {
    const load = `${String(Math.round(percent))} % load over two minutes`;
    const who =
      cause === 'others'
        ? `Only ${String(working)} of ${String(count)} GPUs work; the others idle (${load}).`
        : `The GPU${count === 1 ? ' idles' : 's idle'} (${load}).`;
    return `${who} ${idleCauses[cause]}`;
  },
  cpu: 'CPU',
  memory: 'Memory',
  diskFree: 'Disk free',
  gpu: (index: number, count: number) => `GPU${numberOf(index, count)}`,
  gpuLoad: (index: number, count: number) => `GPU${numberOf(index, count)} load`,
  gpuMemory: (index: number, count: number) => `GPU${numberOf(index, count)} memory`,
  celsius: (degrees: number) => `${String(Math.round(degrees))} °C`,
  percent: (percent: number) => `${String(Math.round(percent))} %`,
} as const;
