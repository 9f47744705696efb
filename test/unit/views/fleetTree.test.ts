import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FleetSnapshot } from '../../../src/fleet.js';
import type { Job } from '../../../src/jobs/job.js';
import type { Instance } from '../../../src/providers/provider.js';
import { changedRows, toTree, type TreeRow } from '../../../src/views/fleetTree.js';
import { afterSeconds, jobAt } from './jobs.js';

const gpu1 = { provider: 'ssh', destination: 'gpu1', identityFiles: [] };

const instance = (overrides: Partial<Instance> = {}): Instance => ({
  provider: 'local',
  id: 'this-computer',
  name: 'laptop',
  state: 'running',
  usdPerHour: 0,
  ...overrides,
});

function snapshot(
  jobs: readonly Job[],
  hosts: readonly string[] = [],
  error: string | null = null,
): FleetSnapshot {
  const instances = hosts.map((id) => instance({ provider: 'ssh', id, name: id }));
  return {
    providers: [
      { id: 'local', title: 'This computer', instances: [instance()], error: null },
      { id: 'ssh', title: 'SSH hosts', instances, error },
    ],
    jobs: jobs.map((job) => ({ id: job.spec.id, job, driver: { kind: 'none' }, remedy: null })),
  };
}

const draw = (of: FleetSnapshot, fractions: [string, number][] = []): readonly TreeRow[] =>
  toTree(of, new Map(fractions), afterSeconds(60));

/** The tree as a person reads it: an indented line for each row. */
function read(rows: readonly TreeRow[], indent = ''): string[] {
  return rows.flatMap(({ label, description, children }) => [
    `${indent}${[label, description].filter((text) => text !== '').join(' ')}`,
    ...read(children, `${indent}  `),
  ]);
}

function find(rows: readonly TreeRow[], id: string): TreeRow | undefined {
  for (const row of rows) {
    const found = row.id === id ? row : find(row.children, id);
    if (found) return found;
  }
  return undefined;
}

describe('the tree', () => {
  test('is empty before the first job, so that the welcome shows', () => {
    assert.deepEqual(draw(snapshot([])), []);
  });

  test('shows a machine the user has added, also without jobs', () => {
    assert.deepEqual(read(draw(snapshot([], ['gpu1']))), [
      'This computer',
      '  laptop',
      'SSH hosts',
      '  gpu1',
    ]);
  });

  test('has jobs below the machine they are on', () => {
    const jobs = [jobAt('training.started'), jobAt('released', { id: 'wine-1', name: 'wine', place: gpu1 })];
    assert.deepEqual(read(draw(snapshot(jobs, ['gpu1']), [['digits-abc234', 0.5]])), [
      'This computer',
      '  laptop',
      '    digits training 50 % · this computer · 1 min',
      'SSH hosts',
      '  gpu1',
      '    wine succeeded · gpu1 · 9 s',
    ]);
  });

  test('shows jobs whose machine is not in the list', () => {
    const jobs = [jobAt('released', { place: gpu1 })];
    assert.deepEqual(read(draw(snapshot(jobs))).slice(2), [
      'SSH hosts',
      '  gpu1 not in the list',
      '    digits succeeded · gpu1 · 9 s',
    ]);
  });

  test('has a row for a list that could not be had', () => {
    assert.deepEqual(read(draw(snapshot([], [], 'The list of SSH hosts cannot be read.'))), [
      'This computer',
      '  laptop',
      'SSH hosts',
      '  The list of SSH hosts cannot be read.',
    ]);
  });

  test('has a row for a journal that cannot be read', () => {
    const { providers } = snapshot([]);
    const rows = draw({ providers, jobs: [{ id: 'old-1', error: 'The journal is from a newer version.' }] });
    assert.equal(read(rows).at(-1), 'old-1 The journal is from a newer version.');
  });

  test('gives every row an id of provider, machine and job', () => {
    const rows = draw(snapshot([jobAt('training.started')]));
    assert.ok(find(rows, 'local/this-computer/digits-abc234'));
  });

  test('tags a job with what can be done with it', () => {
    const rows = draw(snapshot([jobAt('training.started')]));
    const row = find(rows, 'local/this-computer/digits-abc234');
    assert.equal(row?.tags.join(' '), 'job running stoppable collectable');
  });

  test('tags a machine as idle only when nothing runs on it', () => {
    const running = draw(snapshot([jobAt('training.started', { place: gpu1 })], ['gpu1']));
    const ended = draw(snapshot([jobAt('released', { place: gpu1 })], ['gpu1']));
    assert.equal(find(running, 'ssh/gpu1')?.tags.includes('idle'), false);
    assert.equal(find(ended, 'ssh/gpu1')?.tags.includes('idle'), true);
  });
});

describe('a change', () => {
  const before = draw(snapshot([jobAt('training.started')]));

  test('of nothing draws nothing', () => {
    assert.deepEqual(changedRows(before, draw(snapshot([jobAt('training.started')]))), []);
  });

  test('of a job draws its row only', () => {
    const after = draw(snapshot([jobAt('training.started')]), [['digits-abc234', 0.1]]);
    assert.deepEqual(changedRows(before, after), ['local/this-computer/digits-abc234']);
  });

  test('of the number of jobs draws their machine', () => {
    const after = draw(snapshot([jobAt('training.started'), jobAt('planned', { id: 'digits-2' })]));
    assert.deepEqual(changedRows(before, after), ['local/this-computer']);
  });

  test('from the welcome to a tree draws everything', () => {
    assert.deepEqual(changedRows([], before), [null]);
  });
});
