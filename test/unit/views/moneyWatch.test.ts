import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Job, NewEvent } from '../../../src/jobs/job.js';
import { MoneyWatch, type MoneyNotice } from '../../../src/views/moneyWatch.js';
import { afterMinutes, fleetOf, jobWith, rentedAt, rentedSpec } from './rented.js';

const noPaces = new Map();
const trains: readonly (readonly [number, NewEvent])[] = [
  ...rentedAt(0),
  [1, { type: 'connected' }],
  [2, { type: 'prepared', environment: { python: '/usr/bin/python3', hash: 'system' } }],
  [3, { type: 'uploaded', dataset: { path: '/data', hash: '1' } }],
  [4, { type: 'training.started', pid: 7 }],
];

/** What is told at each of these moments, in a word or two. */
function told(
  moments: readonly (readonly [minute: number, job: Job])[],
  watch = new MoneyWatch(1),
): string[][] {
  return moments.map(([minute, job]) =>
    watch.look(fleetOf([job]), noPaces, afterMinutes(minute)).map(inShort),
  );
}

function inShort(notice: MoneyNotice): string {
  switch (notice.kind) {
    case 'budget':
      return `${notice.percent} %: ${notice.spentUsd.toFixed(2)} of ${notice.budgetUsd}`;
    case 'ending':
      return `ends in ${Math.round(notice.leftMs / 60_000)}`;
    case 'replaced':
      return `replaced: ${notice.why ?? 'nobody knows why'}, ${notice.usd.toFixed(2)}`;
    case 'overdue':
      return `overdue: ${notice.machine.id} ${notice.machine.usdPerHour}`;
    default:
      return notice satisfies never;
  }
}

describe('what is told about the money of a job', () => {
  test('is each share of its budget once', () => {
    const limits = { ...rentedSpec().limits, budgetUsd: 1 };
    const its = rentedSpec({ limits });
    const before = jobWith(trains, its);
    const half = jobWith([...trains, [50, { type: 'budget.reached', percent: 50 }]], its);
    const most = jobWith([...trains, [80, { type: 'budget.reached', percent: 80 }]], its);
    assert.deepEqual(
      told([
        [49, before],
        [50, half],
        [51, half],
        [80, most],
        [81, most],
      ]),
      [[], ['50 %: 0.50 of 1'], [], ['80 %: 0.80 of 1'], []],
    );
  });

  test('is nothing of what happened before the window was opened', () => {
    const limits = { ...rentedSpec().limits, budgetUsd: 1 };
    const half = jobWith([...trains, [50, { type: 'budget.reached', percent: 50 }]], rentedSpec({ limits }));
    assert.deepEqual(told([[51, half]]), [[]]);
  });

  test('is the end of its machine ten minutes before, once, and again when that was moved', () => {
    const job = jobWith(trains);
    const extended = jobWith([...trains, [465, { type: 'extended', hours: 1 }]]);
    // The machine must be gone after 480 minutes, and ten of them are for the way home.
    const moments = [
      [455, job],
      [461, job],
      [464, job],
      [466, extended],
      [521, extended],
    ] as const;
    assert.deepEqual(told(moments), [[], ['ends in 9'], [], [], ['ends in 9']]);
  });

  test('is no end that the training does not live to see', () => {
    const job = jobWith(trains);
    const watch = new MoneyWatch(1);
    const paces = new Map([[job.spec.id, { progress: 0.99, etaSeconds: 60 }]]);
    assert.deepEqual(watch.look(fleetOf([job]), paces, afterMinutes(465)), []);
  });

  test('is why a machine is replaced, and what it has cost', () => {
    const rejected = jobWith([
      ...rentedAt(0),
      [5, { type: 'instance.rejected', why: 'the GPU does not work' }],
    ]);
    const lost = jobWith([
      ...trains,
      [60, { type: 'instance.lost', why: 'The spot machine was taken back.', mirrored: { log: 0, gpu: 0 } }],
    ]);
    assert.deepEqual(
      told([
        [1, jobWith(rentedAt(0))],
        [5, rejected],
        [6, rejected],
      ]),
      [[], ['replaced: the GPU does not work, 0.05'], []],
    );
    assert.deepEqual(
      told([
        [5, jobWith(trains)],
        [60, lost],
      ])[1],
      ['replaced: The spot machine was taken back., 0.60'],
    );
  });

  test('is a replacement also when the next machine came between two looks', () => {
    const next = jobWith([
      ...rentedAt(0),
      [5, { type: 'instance.rejected', why: 'nobody could log in' }],
      [5, { type: 'instance.gone', provider: 'lambda', id: 'm1' }],
      ...rentedAt(6, 2),
    ]);
    assert.deepEqual(
      told([
        [1, jobWith(rentedAt(0))],
        [9, next],
      ])[1],
      ['replaced: nobody could log in, 0.05'],
    );
  });

  test('is no replacement when an offer was gone before it was rented', () => {
    const [intended] = rentedAt(0);
    const asked = jobWith(intended ? [intended] : []);
    const refused = jobWith([
      ...(intended ? [intended] : []),
      [1, { type: 'launch.refused', label: 'x', why: 'It is taken.' }],
      ...rentedAt(2, 2),
    ]);
    assert.deepEqual(
      told([
        [0, asked],
        [2, refused],
      ]),
      [[], []],
    );
  });

  test('is a machine that cannot be ended, every ten minutes until it is gone', () => {
    const releasing: readonly (readonly [number, NewEvent])[] = [
      ...trains,
      [10, { type: 'gave-up', outcome: 'failed', reason: { code: 'x', message: 'No.', fix: null } }],
      [20, { type: 'release.overdue', message: 'It is still there.' }],
    ];
    const overdue = jobWith(releasing);
    const gone = jobWith([...releasing, [45, { type: 'instance.gone', provider: 'lambda', id: 'm1' }]]);
    const moments = [
      [20, overdue],
      [25, overdue],
      [30, overdue],
      [46, gone],
    ] as const;
    assert.deepEqual(told(moments), [['overdue: m1 0.6'], [], ['overdue: m1 0.6'], []]);
  });
});
