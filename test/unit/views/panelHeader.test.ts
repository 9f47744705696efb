import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../src/jobs/job.js';
import { toPanelHeader, type HeaderFacts } from '../../../src/views/panelHeader.js';
import { afterSeconds, jobAt, jobOf, jobThatGaveUpAt } from './jobs.js';
import { afterMinutes, jobWith, rentedAt, rentedJob, rentedSpec } from './rented.js';

const facts = (job: Job, overrides: Partial<HeaderFacts> = {}): HeaderFacts => ({
  job,
  driver: { kind: 'none' },
  remedy: null,
  progress: { progress: null, etaSeconds: null },
  lastPoint: undefined,
  endsByItself: () => false,
  ...overrides,
});

const steps = (job: Job): string[] =>
  toPanelHeader(facts(job), afterSeconds(30)).timeline.map(({ step, status }) => `${step} ${status}`);

test('a training shows where it is and when it may be done', () => {
  const header = toPanelHeader(
    facts(jobAt('training.started'), {
      progress: { progress: 0.25, etaSeconds: 90 },
      lastPoint: { epoch: 5, totalEpochs: 20, step: null, totalSteps: null },
    }),
    afterSeconds(30),
  );
  assert.equal(header.state, 'training');
  assert.equal(header.where, 'this computer');
  assert.equal(header.elapsedMs, 30_000);
  assert.equal(header.progress, 0.25);
  assert.equal(header.remainingMs, 90_000);
  assert.deepEqual([header.epoch, header.totalEpochs], [5, 20]);
  assert.equal(header.end, null);
  assert.deepEqual(header.actions, ['stop', 'showLog', 'collect']);
});

test('before the training the progress is that of the present step', () => {
  const driver = {
    kind: 'driving',
    pid: 1,
    here: true,
    activity: { message: 'Uploading digits.csv', fraction: 0.5 },
  } as const;
  const header = toPanelHeader(facts(jobAt('prepared'), { driver }), afterSeconds(30));
  assert.equal(header.progress, 0.5);
  assert.equal(header.activity, 'Uploading digits.csv');
  assert.equal(header.remainingMs, null);
});

test('an end shows the outcome, the reason and what to do', () => {
  const header = toPanelHeader(facts(jobThatGaveUpAt('connected')), afterSeconds(30));
  assert.equal(header.state, 'failed');
  assert.deepEqual(header.end, {
    outcome: 'failed',
    message: 'The disk is full.',
    fix: 'Free some.',
    action: null,
  });
  assert.deepEqual(header.actions, ['resume', 'runAgain', 'showLog']);
});

test('the steps are those done, the present one and those to come', () => {
  assert.deepEqual(steps(jobAt('prepared')), [
    'launching done',
    'connecting done',
    'preparing done',
    'uploading active',
    'training waiting',
    'collecting waiting',
    'releasing waiting',
    'ended waiting',
  ]);
});

test('a step takes as long as until the next, the present one until now', () => {
  const { timeline } = toPanelHeader(facts(jobAt('prepared')), afterSeconds(30));
  assert.deepEqual(
    timeline.map(({ durationMs }) => durationMs),
    [1000, 1000, 1000, 26_000, null, null, null, null],
  );
});

test('the step at which a job gave up is marked', () => {
  assert.deepEqual(steps(jobThatGaveUpAt('connected')), [
    'launching done',
    'connecting done',
    'preparing failed',
    'releasing done',
    'ended failed',
  ]);
});

test('a stopped job has no failed step', () => {
  assert.ok(steps(jobThatGaveUpAt('connected', 'cancelled')).every((step) => step.endsWith('done')));
});

test('a resumed job shows the steps of both attempts', () => {
  const failed = jobThatGaveUpAt('connected');
  const events = [
    { type: 'planned', spec: failed.spec },
    { type: 'launch.intended', label: 'a' },
    { type: 'gave-up', outcome: 'failed', reason: { code: 'x', message: 'No.', fix: null } },
    { type: 'released' },
    { type: 'resumed' },
    { type: 'launch.intended', label: 'b' },
  ] as const;
  const { timeline } = toPanelHeader(facts(jobOf(events)), afterSeconds(30));
  assert.deepEqual(
    timeline.slice(0, 4).map(({ step, status, attempt }) => `${attempt} ${step} ${status}`),
    ['1 launching done', '1 releasing done', '1 ended done', '2 launching active'],
  );
});

test('a job on a machine of the user costs nothing and says nothing about money', () => {
  assert.equal(toPanelHeader(facts(jobAt('training.started')), afterSeconds(30)).money, null);
});

test('a rented job shows what it has cost and will, and what ends its machine', () => {
  const job = rentedJob('training.started', { limits: { ...rentedSpec().limits, budgetUsd: 5 } });
  const progress = { progress: 0.5, etaSeconds: 1800 };
  const header = toPanelHeader(
    facts(job, { progress, endsByItself: (provider) => provider === 'lambda' }),
    afterMinutes(60),
  );
  const { spentUsd, expectedUsd, machines, ...rest } = header.money ?? assert.fail('there is money in it');
  assert.equal(header.where, 'Lambda · A10 · us-east-1');
  assert.equal(spentUsd.toFixed(2), '0.60');
  assert.equal(expectedUsd?.toFixed(2), '0.99');
  assert.deepEqual(rest, {
    usdPerHour: 0.6,
    budgetUsd: 5,
    end: { leftMs: 420 * 60_000, byItself: true },
    isOverdue: false,
  });
  assert.equal(machines.length, 1);
  assert.deepEqual(header.actions, ['stop', 'showLog', 'collect', 'extend', 'openConsole']);
});

test('a machine that was replaced shows why and what it has cost, and its step has failed', () => {
  const job = jobWith([
    ...rentedAt(0),
    [10, { type: 'instance.rejected', why: 'the GPU does not work' }],
    [10, { type: 'instance.gone', provider: 'lambda', id: 'm1' }],
    ...rentedAt(10, 2),
  ]);
  const { money, timeline } = toPanelHeader(facts(job), afterMinutes(20));
  assert.deepEqual(
    money?.machines.map(({ usd, isOpen, replaced }) => [usd.toFixed(2), isOpen, replaced]),
    [
      ['0.10', false, 'the GPU does not work'],
      ['0.10', true, null],
    ],
  );
  assert.deepEqual(
    timeline.slice(0, 6).map(({ step, status }) => `${step} ${status}`),
    [
      'launching done',
      'connecting failed',
      'recovering done',
      'launching done',
      'connecting active',
      'preparing waiting',
    ],
  );
});

test('a job that looks for another machine says why, and has all its steps before it', () => {
  const job = jobWith([...rentedAt(0), [10, { type: 'instance.rejected', why: 'nobody could log in' }]]);
  const header = toPanelHeader(facts(job), afterMinutes(11));
  assert.deepEqual([header.state, header.activity], ['recovering', 'nobody could log in']);
  assert.deepEqual(
    header.timeline.slice(2, 5).map(({ step, status }) => `${step} ${status}`),
    ['recovering active', 'launching waiting', 'connecting waiting'],
  );
});

test('a job that has ended says what it cost, and nothing of an end to come', () => {
  const { money } = toPanelHeader(facts(rentedJob('released')), afterMinutes(60));
  assert.deepEqual(
    [money?.spentUsd.toFixed(2), money?.usdPerHour, money?.expectedUsd, money?.end],
    ['0.07', 0, null, null],
  );
});

test('steps to come are not to recover', () => {
  assert.ok(!steps(jobAt('planned')).some((step) => step.startsWith('recovering')));
});
