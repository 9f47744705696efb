import './pageTranslations.js';
import { l10n } from '../src/l10n.js';
import type { FamilyId } from '../src/metricKind.js';
import type {
  ComparisonRow,
  PanelAction,
  PanelCheckpoint,
  PanelState,
  PanelStep,
  TimelineItem,
} from '../src/protocol.js';
import type { IdleCause, IdleGpu } from './idleGpu.js';
import type { Axis, AxisChoice } from './series.js';

const axes = {
  step: l10n.t('Step'),
  epoch: l10n.t('Epoch'),
  time: l10n.t('Time'),
  order: l10n.t('Point'),
} satisfies Record<Axis, string>;

/** In the middle of a sentence. */
const onAxis = {
  step: l10n.t('step'),
  epoch: l10n.t('epoch'),
  time: l10n.t('time'),
  order: l10n.t('point'),
} satisfies Record<Axis, string>;

const numberOf = (index: number, count: number): string => (count === 1 ? '' : ` ${String(index + 1)}`);

const idleCauses: Readonly<Record<IdleCause, string>> = {
  unused: l10n.t(
    'Nothing of the training is in its memory: the training probably runs on the CPU. Look in the log for the device it uses.',
  ),
  others: l10n.t('The training probably uses only some of them. Look at how it is told which to use.'),
  processors: l10n.t(
    'The CPU is busy, so preparing the data probably takes longer than training on it. Smaller images, a cache or less augmentation help.',
  ),
  memory: l10n.t('The machine has no memory left and probably swaps. A smaller cache or fewer workers help.'),
  waiting: l10n.t(
    'The CPU is not busy either: the training probably waits for its data or gets it in crumbs. More workers, a cache or a larger batch help.',
  ),
};

/** Every text of the panel that is not the job's own. */
export const strings = {
  states: {
    planned: l10n.t('Planned'),
    launching: l10n.t('Launching'),
    connecting: l10n.t('Connecting'),
    preparing: l10n.t('Preparing'),
    uploading: l10n.t('Uploading'),
    training: l10n.t('Training'),
    collecting: l10n.t('Collecting'),
    releasing: l10n.t('Releasing'),
    recovering: l10n.t('Recovering'),
    succeeded: l10n.t('Succeeded'),
    failed: l10n.t('Failed'),
    cancelled: l10n.t('Cancelled'),
  } satisfies Record<PanelState, string>,

  steps: {
    planned: l10n.t('Plan'),
    launching: l10n.t('Launch'),
    connecting: l10n.t('Connect'),
    preparing: l10n.t('Prepare'),
    uploading: l10n.t('Upload'),
    training: l10n.t('Train'),
    collecting: l10n.t('Collect'),
    releasing: l10n.t('Release'),
    recovering: l10n.t('Recover'),
    ended: l10n.t('End'),
  } satisfies Record<PanelStep, string>,

  stepStatus: {
    done: l10n.t('done'),
    active: l10n.t('now'),
    waiting: l10n.t('to come'),
    failed: l10n.t('failed'),
  } satisfies Record<TimelineItem['status'], string>,

  actions: {
    stop: l10n.t('Stop'),
    resume: l10n.t('Resume'),
    runAgain: l10n.t('Run Again'),
    showLog: l10n.t('Show Log'),
    openModel: l10n.t('Open Model'),
    collect: l10n.t('Collect'),
    extend: l10n.t('Extend…'),
    openConsole: l10n.t('Open Console'),
    exportMetrics: l10n.t('Export CSV…'),
    copySummary: l10n.t('Copy as Markdown'),
    halveBatch: l10n.t('Halve Batch and Run Again'),
    addToken: l10n.t('Add Token and Run Again…'),
    reclaimDisk: l10n.t('Free Disk Space…'),
  } satisfies Record<PanelAction, string>,

  families: {
    loss: l10n.t('Loss'),
    accuracy: l10n.t('Accuracy'),
    map: 'mAP',
    error: l10n.t('Error'),
    learningRate: l10n.t('Learning rate'),
    gpu: 'GPU',
  } satisfies Record<Exclude<FamilyId, 'other'>, string>,

  axes,

  jobActions: l10n.t('Job actions'),
  progress: l10n.t('Progress'),
  working: l10n.t('Working'),
  elapsed: (duration: string) => l10n.t('{0} elapsed', duration),
  took: (duration: string) => l10n.t('took {0}', duration),
  remaining: (duration: string) => l10n.t('about {0} left', duration),
  almostDone: l10n.t('less than a minute left'),
  epochOf: (epoch: string, total: string) => l10n.t('Epoch {0} of {1}', epoch, total),
  epoch: (epoch: string) => l10n.t('Epoch {0}', epoch),
  stepOf: (step: string, total: string) => l10n.t('Step {0} of {1}', step, total),
  step: (step: string) => l10n.t('Step {0}', step),

  money: l10n.t('Cost'),
  soFar: (usd: string) => l10n.t('{0} so far', usd),
  expected: (usd: string) => l10n.t('about {0} in all', usd),
  budget: l10n.t('Share of the budget that is spent'),
  ofBudget: (share: string, budget: string) => l10n.t('{0} of the budget of {1}', share, budget),
  endsItself: (duration: string) =>
    l10n.t('The machine ends itself in {0} at the latest, also when this computer is off.', duration),
  endedFromHere: (duration: string) =>
    l10n.t(
      'Only this computer ends the machine, in {0} at the latest. While it is off, the machine goes on costing money.',
      duration,
    ),
  overdue: l10n.t(
    'The machine could not be ended yet and may go on costing money. Trainyard goes on trying; you can end it in the console.',
  ),
  machines: l10n.t('Rented machines'),
  machine: l10n.t('Machine'),
  time: l10n.t('Time'),
  cost: l10n.t('Cost'),
  replaced: (why: string) => l10n.t('Replaced: {0}', why),

  charts: l10n.t('Metrics'),
  noMetrics: l10n.t('No metrics yet. A chart appears with the first number the training reports.'),
  noMetricsAtEnd: l10n.t('The training reported no numbers to chart. The log holds all it printed.'),
  chartTools: l10n.t('How charts are drawn'),
  axis: l10n.t('Axis'),
  axisChoices: {
    auto: l10n.t('Automatic'),
    step: axes.step,
    epoch: axes.epoch,
    time: axes.time,
  } satisfies Record<AxisChoice, string>,
  smoothing: l10n.t('Smoothing'),
  logarithmic: l10n.t('Log scale'),
  showAll: l10n.t('Show All'),
  savePicture: l10n.t('Save Picture…'),
  exports: l10n.t('Keep the numbers'),
  plotOf: (title: string) =>
    l10n.t(
      '{0}: arrow keys read values, plus and minus zoom, Shift and arrow keys move, Escape shows all.',
      title,
    ),
  plotHelp: l10n.t('Drag to zoom, Shift and drag to move, double-click to see all'),
  lineOfRun: (run: string, metric: string) => `${run} · ${metric}`,
  atCursor: (axis: Axis, position: string, values: readonly string[]) =>
    `${axes[axis]} ${position}: ${values.join(', ')}`,
  chartOf: (title: string) => l10n.t('{0} chart. The table below has the last and best values.', title),
  valuesOf: (title: string) => l10n.t('{0}: last and best values', title),
  metric: l10n.t('Metric'),
  last: l10n.t('Last'),
  best: l10n.t('Best'),
  at: (axis: Axis) => l10n.t('at {0}', onAxis[axis]),
  /** `position` of the first one; `null` when it is out of sight. */
  notFinite: (count: number, axis: Axis, position: string | null) => {
    const where = position === null ? null : `${onAxis[axis]} ${position}`;
    if (count === 1) {
      return where === null
        ? l10n.t('1 value is not a number.')
        : l10n.t('1 value is not a number ({0}).', where);
    }
    return where === null
      ? l10n.t('{0} values are not numbers.', count)
      : l10n.t('{0} values are not numbers (first at {1}).', count, where);
  },
  notAboveZero: l10n.t('Values of zero and below have no place on a log scale.'),
  toggle: l10n.t('Show or hide this line'),

  comparison: l10n.t('Comparison of jobs'),
  onlyDifferences: l10n.t('Only what differs'),
  noDifferences: l10n.t('These jobs do not differ in what was asked of them or in what came of it.'),
  comparedAbout: {
    job: l10n.t('Job'),
    parameter: l10n.t('Parameters'),
    result: l10n.t('Results (best)'),
  } satisfies Record<ComparisonRow['about'], string>,
  openJob: (name: string) => l10n.t('Open the panel of {0}', name),
  differs: l10n.t(', differs'),
  bestOfAll: l10n.t(', the best'),

  samples: l10n.t('Samples'),
  emptyPrompt: l10n.t('Without a prompt'),
  generated: l10n.t('Generated'),
  reference: l10n.t('Reference'),
  olderSample: l10n.t('Show an earlier sample'),
  newerSample: l10n.t('Show a later sample'),
  sampleOf: (index: string, count: string) => l10n.t('{0} of {1}', index, count),
  enlarge: l10n.t('Show larger or smaller'),
  imageToCome: l10n.t('The image is not here yet.'),
  imageNotKept: l10n.t('The image was not kept.'),
  imageBroken: l10n.t('The image cannot be shown.'),

  checkpoints: l10n.t('Checkpoints'),
  checkpointPlaces: {
    machine: l10n.t('on the machine'),
    left: l10n.t('left on the machine'),
  } satisfies Record<Exclude<PanelCheckpoint['place'], 'here'>, string>,
  checkpointHere: l10n.t('here'),
  revealCheckpoint: (name: string) => l10n.t('Show {0} on this computer', name),
  ago: (duration: string) => l10n.t('{0} ago', duration),
  allCheckpoints: (count: number) => l10n.t('Show All {0}', count.toLocaleString()),
  fewerCheckpoints: l10n.t('Show Fewer'),

  timeline: l10n.t('Steps'),
  attempt: (attempt: number) => l10n.t('Attempt {0}', attempt),

  system: l10n.t('Machine'),
  /** Over the time that is looked at: two minutes. */
  idle: ({ percent, cause, working, count }: IdleGpu) => {
    const load = Math.round(percent);
    const who =
      cause === 'others'
        ? l10n.t(
            'Only {0} of {1} GPUs work; the others idle ({2} % load over two minutes).',
            working,
            count,
            load,
          )
        : count === 1
          ? l10n.t('The GPU idles ({0} % load over two minutes).', load)
          : l10n.t('The GPUs idle ({0} % load over two minutes).', load);
    return `${who} ${idleCauses[cause]}`;
  },
  cpu: 'CPU',
  memory: l10n.t('Memory'),
  diskFree: l10n.t('Disk free'),
  gpu: (index: number, count: number) => `GPU${numberOf(index, count)}`,
  gpuLoad: (index: number, count: number) => l10n.t('GPU{0} load', numberOf(index, count)),
  gpuMemory: (index: number, count: number) => l10n.t('GPU{0} memory', numberOf(index, count)),
  celsius: (degrees: number) => `${String(Math.round(degrees))} °C`,
  percent: (percent: number) => `${String(Math.round(percent))} %`,
} as const;
