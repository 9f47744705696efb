import type {
  ComparisonRow,
  PanelCheckpoint,
  PanelHeader,
  PanelModelSample,
  PanelMoney,
  PanelSnapshot,
  SystemSample,
  TimelineItem,
  ToComparison,
} from '../../src/protocol.js';
import { toMetricColumns } from '../../src/views/metricColumns.js';

const gib = 1024 ** 3;

/** A training of a small classifier, two thirds through. */
export function header(changes: Partial<PanelHeader> = {}): PanelHeader {
  return {
    jobId: 'digits-7f3k2a',
    name: 'digits',
    state: 'training',
    recipe: 'script',
    where: 'this computer',
    elapsedMs: 21_000,
    activity: null,
    progress: 0.67,
    epoch: 20,
    totalEpochs: 30,
    step: null,
    totalSteps: null,
    remainingMs: 9_000,
    money: null,
    actions: ['stop', 'showLog'],
    timeline: timeline(),
    end: null,
    ...changes,
  };
}

/** A job that is on its second machine and has a budget. */
export function money(changes: Partial<PanelMoney> = {}): PanelMoney {
  return {
    spentUsd: 0.31,
    usdPerHour: 0.44,
    expectedUsd: 1.1,
    budgetUsd: 5,
    end: { leftMs: 7 * 3_600_000, byItself: true },
    isOverdue: false,
    machines: [
      {
        gpu: 'RTX 4090',
        where: 'Vast.ai, Quebec, CA',
        usdPerHour: 0.4,
        usd: 0.02,
        durationMs: 180_000,
        isOpen: false,
        replaced: 'nobody could log in',
      },
      {
        gpu: 'RTX 4090',
        where: 'RunPod, US-KS-2',
        usdPerHour: 0.44,
        usd: 0.29,
        durationMs: 2_400_000,
        isOpen: true,
        replaced: null,
      },
    ],
    ...changes,
  };
}

export function timeline(): TimelineItem[] {
  const done = (step: TimelineItem['step'], durationMs: number): TimelineItem => ({
    step,
    status: 'done',
    durationMs,
    attempt: 1,
  });
  return [
    done('planned', 80),
    done('launching', 120),
    done('connecting', 400),
    done('preparing', 2_300),
    done('uploading', 900),
    { step: 'training', status: 'active', durationMs: 17_000, attempt: 1 },
    { step: 'collecting', status: 'waiting', durationMs: null, attempt: 1 },
    { step: 'releasing', status: 'waiting', durationMs: null, attempt: 1 },
    { step: 'ended', status: 'waiting', durationMs: null, attempt: 1 },
  ];
}

/** Loss and accuracy over epochs, as the sample training reports them. */
export function epochs(count: number, from = 1) {
  return Array.from({ length: count }, (_, index) => {
    const epoch = from + index;
    const wobble = Math.sin(epoch * 7.3) * 0.01;
    return {
      epoch,
      step: null,
      metrics: {
        loss: 2.2 * Math.exp(-epoch / 6) + 0.08 + wobble,
        val_loss: 2.25 * Math.exp(-epoch / 6.5) + 0.16 + Math.max(0, epoch - 18) * 0.004 + wobble,
        accuracy: 1 - 0.9 * Math.exp(-epoch / 5) - 0.02 + wobble,
        val_accuracy: 1 - 0.92 * Math.exp(-epoch / 5.2) - 0.045 + wobble,
        learning_rate: 0.05 * 0.93 ** epoch,
      },
    };
  });
}

export function samples(count: number, withGpu = false): SystemSample[] {
  return Array.from({ length: count }, (_, index) => ({
    cpuPercent: 70 + 25 * Math.sin(index / 3),
    memoryUsedBytes: (3.1 + index * 0.004) * gib,
    memoryTotalBytes: 7.8 * gib,
    diskFreeBytes: 41.2 * gib,
    diskTotalBytes: 98 * gib,
    gpus: withGpu
      ? [
          {
            name: 'NVIDIA L4',
            utilizationPercent: 92 + 6 * Math.sin(index),
            memoryUsedBytes: 18.1 * gib,
            memoryTotalBytes: 22.5 * gib,
            temperatureC: 61,
          },
        ]
      : [],
  }));
}

export function modelSample(id: number, changes: Partial<PanelModelSample> = {}): PanelModelSample {
  return {
    id,
    prompt: 'Who are you?',
    generated: null,
    reference: null,
    image: null,
    name: null,
    step: null,
    epoch: null,
    scores: [],
    ...changes,
  };
}

export function checkpoint(changes: Partial<PanelCheckpoint> = {}): PanelCheckpoint {
  return {
    id: '1767225600.000 epoch-0020.pt',
    name: 'epoch-0020.pt',
    epoch: 20,
    step: null,
    bytes: 44.7 * 1024 ** 2,
    ageMs: 12_000,
    place: 'here',
    ...changes,
  };
}

/** One for every other epoch so far; the newest is on its way here. */
export function checkpoints(count = 4): PanelCheckpoint[] {
  return Array.from({ length: count }, (_, index) => {
    const epoch = 20 - 2 * (count - 1 - index);
    const name = `epoch-${String(epoch).padStart(4, '0')}.pt`;
    return checkpoint({
      id: `${String(epoch)} ${name}`,
      name,
      epoch,
      ageMs: (20 - epoch) * 30_000 + 12_000,
      place: index === count - 1 ? 'machine' : 'here',
    });
  });
}

export function snapshot(changes: Partial<PanelSnapshot> = {}): PanelSnapshot {
  return {
    header: header(),
    metrics: toMetricColumns(epochs(20)),
    system: samples(60),
    modelSamples: [],
    checkpoints: [],
    ...changes,
  };
}

/** Two runs of one sample with different learning rates. */
export function comparison(): ToComparison & { type: 'comparison' } {
  const better = epochs(20).map((point) => ({
    ...point,
    metrics: { ...point.metrics, loss: point.metrics.loss * 0.8 },
  }));
  const row = (
    about: ComparisonRow['about'],
    name: string,
    cells: ComparisonRow['cells'],
    best: readonly number[] = [],
  ): ComparisonRow => ({ about, name, cells, differs: new Set(cells).size > 1, best });
  return {
    type: 'comparison',
    table: {
      jobs: [
        { id: 'digits-aaa', name: 'digits aaa', state: 'succeeded' },
        { id: 'digits-bbb', name: 'digits bbb', state: 'succeeded' },
      ],
      rows: [
        row('job', 'State', ['succeeded', 'succeeded']),
        row('parameter', 'epochs', ['20', '20']),
        row('parameter', 'lr', ['0.1', '0.2']),
        row('result', 'loss', ['0.1584', '0.1267'], [1]),
        row('result', 'accuracy', ['0.9735', '0.9735']),
      ],
    },
    metrics: [
      { jobId: 'digits-aaa', metrics: toMetricColumns(epochs(20)) },
      { jobId: 'digits-bbb', metrics: toMetricColumns(better) },
    ],
  };
}
