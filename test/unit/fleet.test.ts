import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Fleet } from '../../src/fleet.js';
import type { Trainyard } from '../../src/trainyard.js';
import { engineWithoutHosts } from '../support/engineWithoutHosts.js';
import { RecordingLogger } from '../support/recordingLogger.js';
import { tempDir } from '../support/tempDir.js';
import { waitFor } from '../support/waitFor.js';
import { rentedSpec } from './jobs/builders.js';

const pollMs = 10;
const place = { provider: 'nimbus', destination: null, identityFiles: [] };

function fleetOf(t: TestContext, engine: Trainyard): Fleet {
  const fleet = new Fleet(engine, { pollMs });
  t.after(() => fleet.dispose());
  return fleet;
}

it('drives what nobody drives, and does not hurry with a job that cannot be driven', async (t) => {
  const logger = new RecordingLogger();
  const engine = engineWithoutHosts(await tempDir(t), pollMs, logger);
  const id = await engine.start({ spec: rentedSpec({ place }) });
  const fleet = fleetOf(t, engine);
  const failures = (): number => logger.lines.filter((line) => line.startsWith(`job ${id} drive → `)).length;
  await fleet.refresh();
  await waitFor('the failure', () => failures() === 1);
  await waitFor('the lease to be given back', async () => (await engine.driver(id)).kind === 'none');
  for (let look = 0; look < 5; look += 1) await fleet.refresh();
  assert.equal(failures(), 1);
  assert.ok(fleet.isBusy);
});

it('tells of a change once, and keeps its snapshot while nothing changes', async (t) => {
  const engine = engineWithoutHosts(await tempDir(t), pollMs);
  const fleet = fleetOf(t, engine);
  const told: number[] = [];
  fleet.onDidChange.on(({ jobs }) => told.push(jobs.length));
  await fleet.refresh();
  await fleet.refresh();
  const before = fleet.snapshot;
  const toldBefore = told.length;
  await fleet.refresh();
  assert.equal(fleet.snapshot, before);
  assert.equal(told.length, toldBefore);
  await engine.start({ spec: rentedSpec({ place }) });
  await fleet.refresh();
  assert.deepEqual(told.slice(toldBefore, toldBefore + 1), [1]);
  assert.notEqual(fleet.snapshot, before);
});
