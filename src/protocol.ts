/**
 * What the editor and the job panel say to each other. Types only: both sides import this file.
 *
 * The panel says `ready` whenever it starts (opened, shown again, moved, reloaded); the editor answers with one
 * `snapshot` that holds everything, then with updates. So the panel may be thrown away at any time.
 */

/** From the panel to the editor. Untrusted: read with `parseFromPanel`. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'action'; readonly action: PanelAction }
  /** Show where a checkpoint is on this computer: the `id` of one of those that the editor told. */
  | { readonly type: 'revealCheckpoint'; readonly id: string }
  /** The charts as they are drawn now, to be kept as a file: a PNG in base64. */
  | { readonly type: 'picture'; readonly png: string };

/** What the panel has a button for. */
export type PanelAction =
  | 'stop'
  | 'resume'
  | 'runAgain'
  | 'showLog'
  | 'openModel'
  | 'collect'
  /** For the machine that costs money. */
  | 'extend'
  | 'openConsole'
  /** With the numbers of the charts. */
  | 'exportMetrics'
  | 'copySummary'
  /** Remedies for the way a job ended. */
  | 'halveBatch'
  | 'addToken'
  | 'reclaimDisk';

/** From the editor to the panel. */
export type ToPanel =
  | { readonly type: 'snapshot'; readonly snapshot: PanelSnapshot }
  | PanelUpdate
  /** There is no such job (any more); the message says so to a person. */
  | { readonly type: 'unavailable'; readonly message: string };

/** A change since the snapshot. */
export type PanelUpdate =
  | { readonly type: 'header'; readonly header: PanelHeader }
  /** Points to add at the end of their metrics. */
  | { readonly type: 'points'; readonly metrics: readonly MetricColumns[] }
  /** Samples to add at the end. */
  | { readonly type: 'system'; readonly samples: readonly SystemSample[] }
  /** Samples to add at the end, and others of an `id` that is shown already. */
  | { readonly type: 'modelSamples'; readonly samples: readonly PanelModelSample[] }
  /** All checkpoints, in place of those before. */
  | { readonly type: 'checkpoints'; readonly checkpoints: readonly PanelCheckpoint[] };

export interface PanelSnapshot {
  readonly header: PanelHeader;
  /** Every point of every metric, in the order of arrival. */
  readonly metrics: readonly MetricColumns[];
  /** The newest samples, oldest first; the panel shows the last few minutes of them. */
  readonly system: readonly SystemSample[];
  /** What the model made so far, oldest first. */
  readonly modelSamples: readonly PanelModelSample[];
  /** What the training saved to go on from and can still be had, oldest first. */
  readonly checkpoints: readonly PanelCheckpoint[];
}

/** A file or folder from which a training can go on. */
export interface PanelCheckpoint {
  readonly id: string;
  /** As the training calls it. */
  readonly name: string;
  /** Counts from 1; `null` when the name does not tell. */
  readonly epoch: number | null;
  readonly step: number | null;
  readonly bytes: number;
  /** Since it was written, at the moment of sending. */
  readonly ageMs: number;
  /** Whole on this computer, on the machine of the job, or left there by a job that has ended. */
  readonly place: 'here' | 'machine' | 'left';
}

/** A text that the model wrote or an image that it drew at one moment of its training. */
export interface PanelModelSample {
  readonly id: number;
  readonly prompt: string | null;
  readonly generated: string | null;
  readonly reference: string | null;
  /** Name of a file in the folder that the page calls `data-samples`; `null` when there is none (yet). */
  readonly image: string | null;
  /** What to call an image without a prompt. */
  readonly name: string | null;
  readonly step: number | null;
  readonly epoch: number | null;
  /** Names and values, ready to be read. */
  readonly scores: readonly (readonly [name: string, value: string])[];
}

/**
 * Everything about a job except its numbers; small, and replaced as a whole.
 * Times are durations at the moment of sending, never instants: the two sides may have different clocks.
 */
export interface PanelHeader {
  readonly jobId: string;
  readonly name: string;
  readonly state: PanelState;
  readonly recipe: string;
  /** `this computer`, `alice@gpu1`, `RunPod · RTX 4090 · US-KS-2`. */
  readonly where: string;
  readonly elapsedMs: number;
  /** What the job does now, for a person; `null` when the state says it all. */
  readonly activity: string | null;
  /** 0..1 of the training or of the present activity; `null` when unknown. */
  readonly progress: number | null;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  /** Estimated time until the training ends; `null` when unknown. */
  readonly remainingMs: number | null;
  /** `null` where nothing was rented. */
  readonly money: PanelMoney | null;
  /** Which buttons may be pressed now. */
  readonly actions: readonly PanelAction[];
  readonly timeline: readonly TimelineItem[];
  /** `null` while the job goes on. */
  readonly end: PanelEnd | null;
}

/** What a job on rented machines costs. All in US dollars. */
export interface PanelMoney {
  /** Until the moment of sending. */
  readonly spentUsd: number;
  /** Of every machine that is there now; 0 when nothing costs any more. */
  readonly usdPerHour: number;
  /** What the job will have cost in all; `null` while nobody can tell. */
  readonly expectedUsd: number | null;
  readonly budgetUsd: number | null;
  /** What ends the machine; `null` when there is none. */
  readonly end: PanelMachineEnd | null;
  /** The machine could not be ended in time: it may go on costing money. */
  readonly isOverdue: boolean;
  /** Every machine of the job, the newest last. */
  readonly machines: readonly PanelMachine[];
}

export interface PanelMachineEnd {
  /** Until it must be gone. */
  readonly leftMs: number;
  /** Whether the machine sees to it by itself, also when this computer is off. */
  readonly byItself: boolean;
}

/** A machine that was rented for a job. */
export interface PanelMachine {
  /** `RTX 4090`, `2 × H100` */
  readonly gpu: string;
  /** `RunPod, US-KS-2` */
  readonly where: string;
  readonly usdPerHour: number;
  /** What it has cost until the moment of sending. */
  readonly usd: number;
  readonly durationMs: number;
  /** Whether it still costs money. */
  readonly isOpen: boolean;
  /** Why another one took its place; `null` where none did. */
  readonly replaced: string | null;
}

export type PanelState =
  | 'planned'
  | 'launching'
  | 'connecting'
  | 'preparing'
  | 'uploading'
  | 'training'
  | 'collecting'
  | 'releasing'
  | 'recovering'
  | PanelOutcome;

export type PanelOutcome = 'succeeded' | 'failed' | 'cancelled';

/** One step of the job's life, done or to come. */
export interface TimelineItem {
  readonly step: PanelStep;
  readonly status: 'done' | 'active' | 'waiting' | 'failed';
  /** Time spent so far; `null` for a step that has no length or has not begun. */
  readonly durationMs: number | null;
  /** Counts from 1 and grows with every resume. */
  readonly attempt: number;
}

export type PanelStep = Exclude<PanelState, PanelOutcome> | 'ended';

/** How a job ended, for a person. */
export interface PanelEnd {
  readonly outcome: PanelOutcome;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do about it, one sentence; `null` when there is nothing to do. */
  readonly fix: string | null;
  /** What Trainyard can do about it at the press of a button; `null` when nothing. */
  readonly action: PanelAction | null;
}

/**
 * Points of one metric, a column each, all of the same length; a column in which nothing is known is empty. Typed
 * arrays keep NaN and infinity, and travel as bytes.
 */
export interface MetricColumns {
  /** As the training reported it: `val/loss`. */
  readonly name: string;
  /** As reported: over the whole run, or beginning again in every epoch. NaN when unknown. */
  readonly step: Float64Array;
  /** Counts from 1, may be a fraction. NaN when unknown. */
  readonly epoch: Float64Array;
  /** Seconds since the training began. NaN when unknown. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** Load of the machine at one moment; `null` is what the machine does not tell. */
export interface SystemSample {
  readonly cpuPercent: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly diskFreeBytes: number | null;
  readonly diskTotalBytes: number | null;
  readonly gpus: readonly GpuSample[];
}

export interface GpuSample {
  readonly name: string;
  readonly utilizationPercent: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly temperatureC: number | null;
}

/** From the page that compares jobs to the editor. Untrusted: read with `parseFromComparison`. */
export type FromComparison =
  | { readonly type: 'ready' }
  /** The panel of one of the jobs. */
  | { readonly type: 'showJob'; readonly jobId: string }
  | { readonly type: 'copyTable' }
  /** The charts as they are drawn now: a PNG in base64. */
  | { readonly type: 'picture'; readonly png: string };

/** From the editor to the page that compares jobs. */
export type ToComparison =
  /** Everything, in place of what was there. */
  | {
      readonly type: 'comparison';
      readonly table: ComparisonTable;
      readonly metrics: readonly RunMetrics[];
    }
  | { readonly type: 'table'; readonly table: ComparisonTable }
  /** Points to add at the end of the metrics of jobs. */
  | { readonly type: 'points'; readonly metrics: readonly RunMetrics[] };

/** The metrics of one of the jobs. */
export interface RunMetrics {
  readonly jobId: string;
  readonly metrics: readonly MetricColumns[];
}

/** Jobs beside each other, a column each. */
export interface ComparisonTable {
  readonly jobs: readonly ComparedJob[];
  readonly rows: readonly ComparisonRow[];
}

export interface ComparedJob {
  readonly id: string;
  /** No two jobs of a comparison are called the same. */
  readonly name: string;
  readonly state: PanelState;
}

export interface ComparisonRow {
  readonly about: 'job' | 'parameter' | 'result';
  readonly name: string;
  /** In the order of the jobs; `null` where a job has none. */
  readonly cells: readonly (string | null)[];
  /** Whether the jobs differ in it. */
  readonly differs: boolean;
  /** Places of the best of the results; empty where neither direction is better or all are equal. */
  readonly best: readonly number[];
}
