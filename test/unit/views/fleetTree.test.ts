import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FleetSnapshot } from '../../../src/fleet.js';
import type { Job } from '../../../src/jobs/job.js';
import type { Instance } from '../../../src/providers/provider.js';
import { lambda } from '../../../src/providers/lambda/entry.js';
import { vast } from '../../../src/providers/vast/entry.js';
import { changedRows, describeChoice, toTree } from '../../../src/views/fleetTree.js';
import { everything, type TreeChoice } from '../../../src/views/treeChoice.js';
import type { TreeRow } from '../../../src/views/treeRow.js';
import { afterSeconds, jobAt, jobThatGaveUpAt } from './jobs.js';
import {
  afterMinutes,
  cloudView,
  fleetOf,
  foreign,
  jobWith,
  labelOf,
  machine,
  mark,
  rentedAt,
  rentedJob,
} from './rented.js';

const gpu1 = { provider: 'ssh', destination: 'gpu1', identityFiles: [] };

const instance = (overrides: Partial<Instance> = {}): Instance => ({
  provider: 'local',
  id: 'this-computer',
  name: 'laptop',
  state: 'running',
  usdPerHour: 0,
  ...overrides,
});

const own = { rents: false, balanceUsd: null };

function snapshot(
  jobs: readonly Job[],
  hosts: readonly string[] = [],
  error: string | null = null,
): FleetSnapshot {
  const instances = hosts.map((id) => instance({ provider: 'ssh', id, name: id }));
  return {
    providers: [
      { ...own, id: 'local', title: 'This computer', instances: [instance()], error: null },
      { ...own, id: 'ssh', title: 'SSH hosts', instances, error },
    ],
    jobs: jobs.map((job) => ({ id: job.spec.id, job, driver: { kind: 'none' }, remedy: null })),
  };
}

function draw(
  of: FleetSnapshot,
  fractions: [string, number][] = [],
  now = afterSeconds(60),
  choice: TreeChoice = everything,
): readonly TreeRow[] {
  const paces = fractions.map(([id, progress]) => [id, { progress, etaSeconds: null }] as const);
  const openFolders = ['/home/alice/project'];
  const clouds = [vast, lambda];
  return toTree(of, { paces: new Map(paces), ports: new Map(), now, mark, clouds, choice, openFolders });
}

const drawChosen = (of: FleetSnapshot, choice: Partial<TreeChoice>): readonly TreeRow[] =>
  draw(of, [], afterSeconds(60), { ...everything, ...choice });

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

describe('a filtered tree', () => {
  const ssh = { place: gpu1 };
  const of = snapshot(
    [
      jobAt('training.started', { id: 'busy', name: 'busy', ...ssh }),
      jobAt('released', { id: 'done', name: 'done' }),
      jobThatGaveUpAt('training.started'),
    ],
    ['gpu1'],
  );

  test('shows the jobs that are wanted, and all machines', () => {
    assert.deepEqual(
      read(drawChosen(of, { groups: ['succeeded'] })).map((line) => line.trim().split(' ')[0]),
      ['This', 'laptop', 'done', 'SSH', 'gpu1'],
    );
    assert.deepEqual(describeChoice(of, { ...everything, groups: ['succeeded', 'failed'] }), {
      shown: 2,
      all: 3,
    });
    assert.equal(describeChoice(of, everything), null);
  });

  test('does not take a machine for idle because its job is not shown', () => {
    const row = find(drawChosen(of, { groups: ['succeeded'] }), 'ssh/gpu1');
    assert.ok(row && !row.tags.includes('idle'));
  });
});

describe('a tree of workspaces', () => {
  const results = { to: '/srv/other/models', checkpoints: true };

  test('shows jobs below the open folder of their data, else below the folder of their models', () => {
    const of = snapshot([
      jobAt('released', { id: 'a', name: 'a', dataset: '/home/alice/project/data' }),
      jobAt('released', { id: 'b', name: 'b', results, place: gpu1 }),
      jobAt('released', { id: 'c', name: 'c', dataset: '/home/alice/project/more' }),
    ]);
    const lines = read(drawChosen(of, { grouping: 'workspace' }));
    assert.equal(lines.length, 5, lines.join('\n'));
    assert.equal(lines[0], 'project');
    assert.match(lines[1] ?? '', /^ {2}a succeeded · this computer · /);
    assert.match(lines[2] ?? '', /^ {2}c /);
    assert.equal(lines[3], 'other /srv');
    assert.match(lines[4] ?? '', /^ {2}b succeeded · gpu1 · /);
  });

  test('still shows what costs money', () => {
    const job = rentedJob('training.started');
    const rows = drawChosen(fleetOf([job], cloudView([machine()])), { grouping: 'workspace' });
    assert.deepEqual(
      rows.map(({ label, children }) => [label, children.length]),
      [
        ['data', 1],
        ['Lambda', 1],
      ],
    );
    assert.equal(rows[1]?.children[0]?.children.length, 0, 'its job is said once');
  });
});

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
      '    digits training 50 % · 1 min',
      'SSH hosts',
      '  gpu1',
      '    wine succeeded · 9 s',
    ]);
  });

  test('shows jobs whose machine is not in the list', () => {
    const jobs = [jobAt('released', { place: gpu1 })];
    assert.deepEqual(read(draw(snapshot(jobs))).slice(2), [
      'SSH hosts',
      '  gpu1 not in the list',
      '    digits succeeded · 9 s',
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
    assert.equal(row?.tags.join(' '), 'job running stoppable collectable hasMachine');
  });

  test('tags a machine as idle only when nothing runs on it', () => {
    const running = draw(snapshot([jobAt('training.started', { place: gpu1 })], ['gpu1']));
    const ended = draw(snapshot([jobAt('released', { place: gpu1 })], ['gpu1']));
    assert.equal(find(running, 'ssh/gpu1')?.tags.includes('idle'), false);
    assert.equal(find(ended, 'ssh/gpu1')?.tags.includes('idle'), true);
  });
});

describe('the tree of a cloud', () => {
  const drawCloud = (...args: Parameters<typeof fleetOf>): readonly TreeRow[] =>
    draw(fleetOf(...args), [], afterMinutes(30));
  const tagsOf = (rows: readonly TreeRow[], id: string): string | undefined => find(rows, id)?.tags.join(' ');

  test('is there as soon as there is a key', () => {
    assert.deepEqual(read(drawCloud([], cloudView([]))), ['Lambda']);
  });

  test('has machines with state, GPU, price, time and cost, and their jobs below', () => {
    const rows = drawCloud([rentedJob('training.started')], cloudView([machine()]));
    assert.deepEqual(read(rows), [
      'Lambda',
      '  digits running · A10 · $0.60/h · 30 min · $0.30',
      '    digits training · 30 min · $0.30',
    ]);
    assert.equal(tagsOf(rows, 'lambda/m1'), 'instance lambda running job terminable reachable console');
  });

  test('shows what is not ours as that, and lets nobody end it', () => {
    const rows = drawCloud([], cloudView([foreign]));
    assert.deepEqual(read(rows).slice(1), ['  my notebook not ours · running · H100 · $1.10/h']);
    assert.equal(tagsOf(rows, 'lambda/theirs'), 'instance lambda running foreign console');
  });

  test('says of a machine with our label whose it is when no job here is on it', () => {
    const theirs = labelOf('wine-xyz789').replace(mark, 'zzzz');
    const machines = [
      machine({ id: 'a', name: labelOf('wine-xyz789') }),
      machine({ id: 'b', name: theirs, created: null }),
    ];
    const rows = drawCloud([], cloudView(machines));
    assert.deepEqual(read(rows).slice(1), [
      `  ${labelOf('wine-xyz789')} no job · running · A10 · $0.60/h · 30 min · $0.30`,
      `  ${theirs} of another Trainyard · running · A10 · $0.60/h`,
    ]);
    assert.equal(tagsOf(rows, 'lambda/b'), 'instance lambda running elsewhere terminable console');
  });

  test('offers to stop and start only where the cloud can, and where no job would take another machine', () => {
    const vastMachine = (overrides: Parameters<typeof machine>[0]) =>
      machine({ provider: 'vast', ...overrides });
    const view = cloudView(
      [
        vastMachine({ id: 'a', name: labelOf('x-1') }),
        vastMachine({ id: 'b', name: labelOf('x-2'), state: 'stopped' }),
      ],
      { id: 'vast', title: 'Vast.ai' },
    );
    const rows = drawCloud([], view);
    assert.match(tagsOf(rows, 'vast/a') ?? '', /terminable stoppable console$/);
    assert.match(tagsOf(rows, 'vast/b') ?? '', /terminable startable console$/);
  });

  test('has a job that looks for a machine, and one that has ended, below the cloud itself', () => {
    const [intended] = rentedAt(1);
    const looking = jobWith(intended ? [intended] : []);
    const ended = rentedJob('released', { id: 'wine-1', name: 'wine' });
    assert.deepEqual(read(drawCloud([looking, ended], cloudView([]))).slice(1), [
      '  digits launching · 30 min',
      '  wine succeeded · 7 min · $0.07',
    ]);
  });

  test('has a machine that was asked for under its job before the job has heard of it', () => {
    const [intended] = rentedAt(1);
    const rows = drawCloud(
      [jobWith(intended ? [intended] : [])],
      cloudView([machine({ state: 'starting' })]),
    );
    assert.deepEqual(read(rows).slice(1), [
      '  digits starting · A10 · $0.60/h · 30 min · $0.30',
      '    digits launching · 30 min',
    ]);
  });

  test('lists a job once while the machine it has left is still there', () => {
    const job = jobWith([
      ...rentedAt(0),
      [5, { type: 'instance.rejected', why: 'the GPU does not work' }],
      ...rentedAt(10, 2),
    ]);
    const old = machine({ state: 'terminating' });
    const current = machine({ id: 'm2', name: labelOf('digits-abc234', 2) });
    assert.deepEqual(read(drawCloud([job], cloudView([old, current]))).slice(1), [
      '  digits not needed any more · ending · A10 · $0.60/h · 30 min · $0.30',
      '  digits running · A10 · $0.60/h · 20 min · $0.20',
      '    digits connecting · 30 min · $0.50',
    ]);
  });

  test('does not show a machine that is gone for sure, though an older list has it', () => {
    const job = rentedJob('released');
    const justEnded = draw(fleetOf([job], cloudView([machine()])), [], afterMinutes(7.5));
    assert.deepEqual(read(justEnded).slice(1), ['  digits succeeded · 7 min · $0.07']);
    const rows = drawCloud([job], cloudView([machine()]));
    assert.match(read(rows)[1] ?? '', /digits not needed any more · running/);
  });

  test('says how little money is left, and why machines are not known', () => {
    const rows = drawCloud([], cloudView([], { balanceUsd: 3.125, error: 'The key was refused.' }));
    assert.deepEqual(read(rows), ['Lambda $3.13 left', '  The key was refused.']);
    const rich = drawCloud([], cloudView([], { balanceUsd: 31 }));
    assert.deepEqual(read(rich), ['Lambda']);
    assert.deepEqual(rich[0]?.facts.at(-1), ['Money left', '$31.00']);
  });

  test('keeps jobs in sight whose cloud has no key any more, and says what that means', () => {
    assert.deepEqual(read(drawCloud([rentedJob('training.started')])), [
      'Lambda no key',
      '  There is no key for Lambda, so nobody knows what runs there. Look at https://cloud.lambda.ai/instances.',
      '  digits training · 30 min · $0.30',
    ]);
    assert.deepEqual(read(drawCloud([rentedJob('released')])), [
      'Lambda no key',
      '  digits succeeded · 7 min · $0.07',
    ]);
  });

  test('says everything about a machine in its tooltip', () => {
    const rows = drawCloud([rentedJob('training.started')], cloudView([machine({ problem: 'Fan is loud' })]));
    const facts = Object.fromEntries(find(rows, 'lambda/m1')?.facts ?? []);
    assert.deepEqual(
      { ...facts, Since: '' },
      {
        Provider: 'Lambda',
        Machine: 'm1',
        Label: labelOf('digits-abc234'),
        GPU: 'A10',
        Region: 'us-east-1',
        'Lambda says': 'active',
        Price: '$0.60/h',
        Since: '',
        'Cost so far': '$0.30',
        'To be gone': 'in 7 h 30 min at the latest',
        Problem: 'Fan is loud',
      },
    );
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
