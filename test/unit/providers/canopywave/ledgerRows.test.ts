import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AccountError, InputError } from '../../../../src/errors.js';
import { ipOfIntent, ipRow, madeRow, refusedRow } from '../../../../src/providers/canopywave/ipRows.js';
import { toInstance } from '../../../../src/providers/canopywave/instances.js';
import { formatMachineId, isAt, parseMachineId } from '../../../../src/providers/canopywave/machineId.js';
import { chooseProject } from '../../../../src/providers/canopywave/whereabouts.js';

const place = { project: 'cynthia@canopywave.com', region: 'KEF-2' };

describe('an address that was asked for', () => {
  const row = ipRow(place, 'trainyard-a', ['old', 'older']);
  const ip = (id: string, server: string | null = null) => ({ id, ip: '213.0.0.1', server });
  const found = (...ips: ReturnType<typeof ip>[]): string[] => ipOfIntent(row, ips).map(({ id }) => id);

  test('is the one that was not there before and leads nowhere', () => {
    assert.deepEqual(found(ip('old'), ip('new'), ip('older', 'x')), ['new']);
    assert.deepEqual(found(ip('old'), ip('new', 'another-machine')), []);
    assert.deepEqual(found(), []);
  });

  test('is the one that leads to its machine, whatever else is there', () => {
    assert.deepEqual(found(ip('new'), ip('mine', 'trainyard-a')), ['mine']);
    assert.deepEqual(found(ip('old', 'trainyard-a')), []);
  });

  test('may be one of several', () => {
    assert.deepEqual(found(ip('new'), ip('newer')), ['new', 'newer']);
  });

  test('is not looked for once it was made or refused', () => {
    assert.deepEqual(ipOfIntent({ ...madeRow(row, 'new'), id: null }, [ip('newer')]), []);
    assert.deepEqual(ipOfIntent(refusedRow(row), [ip('new')]), []);
    assert.ok(isAt(madeRow(row, 'new'), place));
  });
});

test('the id of a machine holds where it is', () => {
  const machine = { server: '9bc56d2b', ...place };
  assert.equal(formatMachineId(machine), '9bc56d2b/KEF-2/cynthia@canopywave.com');
  assert.deepEqual(parseMachineId(formatMachineId(machine)), machine);
  assert.deepEqual(parseMachineId('a/b/c/d'), { server: 'a', region: 'b', project: 'c/d' });
  for (const id of ['9bc56d2b', '', 'a/b', '/b/c']) assert.equal(parseMachineId(id), undefined, id);
});

test('a line of the list becomes a machine', () => {
  const row = {
    id: '9bc56d2b',
    name: 'trainyard-a',
    region: 'KEF-2',
    status: 'active',
    flavor: '4x H100 (80 GB SXM5)',
    launchedAt: '2026-11-22T09:43:09.000000',
  };
  assert.deepEqual(toInstance(row, place.project, 9), {
    provider: 'canopywave',
    id: '9bc56d2b/KEF-2/cynthia@canopywave.com',
    name: 'trainyard-a',
    state: 'running',
    stateWord: 'active',
    usdPerHour: 9,
    gpu: 'H100 SXM5',
    gpuCount: 4,
    region: 'KEF-2',
    created: Date.UTC(2026, 10, 22, 9, 43, 9) / 1000,
    hostKey: null,
    problem: null,
    locked: false,
  });
  const unstarted = toInstance(
    { ...row, launchedAt: null, flavor: 'custom', status: 'error' },
    place.project,
    undefined,
  );
  assert.deepEqual(
    [unstarted.created, unstarted.gpu, unstarted.gpuCount, unstarted.usdPerHour, unstarted.state],
    [null, null, null, 0, 'failed'],
  );
  assert.equal(toInstance({ ...row, launchedAt: 'yesterday' }, place.project, 9).created, null);
});

test('the project is the only one, else the one that is named', () => {
  assert.equal(chooseProject(['a'], undefined), 'a');
  assert.equal(chooseProject(['a'], 'b'), 'a');
  assert.equal(chooseProject(['a', 'b'], 'b'), 'b');
  assert.throws(() => chooseProject(['a', 'b'], undefined), {
    constructor: InputError,
    message:
      'Your CanopyWave key sees more than one project: a, b. Set CANOPYWAVE_PROJECT to the one to rent in.',
  });
  assert.throws(() => chooseProject(['a', 'b'], 'c'), {
    constructor: InputError,
    message: 'Your CanopyWave key sees no project c. Set CANOPYWAVE_PROJECT to one of: a, b.',
  });
  assert.throws(() => chooseProject([], 'a'), AccountError);
});
