import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../src/jobs/job.js';
import { toPanelHeader, type HeaderFacts } from '../../../src/views/panelHeader.js';
import { afterSeconds, jobAt, jobOf, jobThatGaveUpAt } from './jobs.js';

const facts = (job: Job, overrides: Partial<HeaderFacts> = {}): HeaderFacts => ({
  job,
  driver: { kind: 'none' },
  remedy: null,
  progress: { progress: null, etaSeconds: null },
  lastPoint: undefined,
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
