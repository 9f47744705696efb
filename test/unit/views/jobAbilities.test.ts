import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abilitiesOf } from '../../../src/views/jobAbilities.js';
import { jobAt, jobThatGaveUpAt } from './jobs.js';

test('a job that uploads can be stopped and has nothing to collect', () => {
  assert.deepEqual(abilitiesOf(jobAt('prepared')), ['stoppable']);
});

test('a training can be stopped and what it has saved can be collected', () => {
  assert.deepEqual(abilitiesOf(jobAt('training.started')), ['stoppable', 'collectable']);
});

test('a job that was asked to stop is not stopped twice', () => {
  assert.deepEqual(abilitiesOf({ ...jobAt('prepared'), stopRequested: true }), []);
});

test('a finished job has its model, can be collected again and removed, and is not resumed', () => {
  assert.deepEqual(abilitiesOf(jobAt('released')), ['collectable', 'removable', 'repeatable', 'hasModel']);
});

test('a failed job can be resumed and removed', () => {
  assert.deepEqual(abilitiesOf(jobThatGaveUpAt('connected')), ['resumable', 'removable', 'repeatable']);
});

test('a job of a recipe has a training script to customize, a script of the user has been that before', () => {
  assert.deepEqual(abilitiesOf(jobAt('prepared', { recipe: 'sklearn' })), ['stoppable', 'customizable']);
});

test('a job on an SSH host has an SSH command', () => {
  const place = { provider: 'ssh', destination: 'gpu1', identityFiles: [] };
  assert.deepEqual(abilitiesOf(jobAt('connected', { place })), ['stoppable', 'overSsh']);
});
