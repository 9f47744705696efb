import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abilitiesOf } from '../../../src/views/jobAbilities.js';
import { jobAt, jobThatGaveUpAt } from './jobs.js';
import { rentedJob } from './rented.js';

test('a job that uploads can be stopped and has nothing to collect', () => {
  assert.deepEqual(abilitiesOf(jobAt('prepared')), ['stoppable', 'hasMachine']);
});

test('a training can be stopped and what it has saved can be collected', () => {
  assert.deepEqual(abilitiesOf(jobAt('training.started')), ['stoppable', 'collectable', 'hasMachine']);
});

test('a job that was asked to stop is not stopped twice', () => {
  assert.deepEqual(abilitiesOf({ ...jobAt('prepared'), stopRequested: true }), ['hasMachine']);
});

test('a finished job has its model, can be collected again and removed, and is not resumed', () => {
  assert.deepEqual(abilitiesOf(jobAt('released')), [
    'collectable',
    'removable',
    'repeatable',
    'hasModel',
    'hasMachine',
  ]);
});

test('a failed job can be resumed and removed', () => {
  assert.deepEqual(abilitiesOf(jobThatGaveUpAt('connected')), [
    'resumable',
    'removable',
    'repeatable',
    'hasMachine',
  ]);
});

test('a job of a recipe has a training script to customize, a script of the user has been that before', () => {
  assert.deepEqual(abilitiesOf(jobAt('prepared', { recipe: 'sklearn' })), [
    'stoppable',
    'customizable',
    'hasMachine',
  ]);
});

test('a job on an SSH host has an SSH command', () => {
  const place = { provider: 'ssh', destination: 'gpu1', identityFiles: [] };
  assert.deepEqual(abilitiesOf(jobAt('connected', { place })), ['stoppable', 'hasMachine', 'overSsh']);
});

test('a rented machine can be extended and opened, and takes all of that with it when it goes', () => {
  assert.deepEqual(abilitiesOf(rentedJob('training.started')), [
    'stoppable',
    'extendable',
    'collectable',
    'hasMachine',
    'overSsh',
  ]);
  assert.deepEqual(abilitiesOf(rentedJob('released')), ['removable', 'repeatable', 'hasModel']);
});
