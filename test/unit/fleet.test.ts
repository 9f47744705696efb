import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InputError } from '../../src/errors.js';
import { Fleet } from '../../src/fleet.js';
import { TrainyardHome } from '../../src/home.js';
import { Trainyard } from '../../src/trainyard.js';
import { RecordingLogger } from '../support/recordingLogger.js';
import { tempDir } from '../support/tempDir.js';
import { runtime } from '../support/transferFixture.js';
import { waitFor } from '../support/waitFor.js';
import { rentedSpec } from './jobs/builders.js';

const noHost = (): Promise<never> => Promise.reject(new InputError('There is no host.'));

it('drives what nobody drives, and does not hurry with a job that cannot be driven', async (t) => {
  const logger = new RecordingLogger();
  const engine = new Trainyard({
    home: new TrainyardHome(await tempDir(t)),
    runtime,
    hosts: { open: noHost, openPinned: noHost, resolve: noHost },
    secrets: { get: () => Promise.resolve(undefined) },
    cloudSettings: { get: () => Promise.resolve(undefined) },
    mayHoldKey: () => Promise.resolve(false),
    monthlyBudgetUsd: () => null,
    logger,
    pollMs: 10,
  });
  const place = { provider: 'nimbus', destination: null, identityFiles: [] };
  const id = await engine.start({ spec: rentedSpec({ place }) });
  const fleet = new Fleet(engine, { pollMs: 10 });
  t.after(() => fleet.dispose());
  const failures = (): number => logger.lines.filter((line) => line.startsWith(`job ${id} drive → `)).length;
  await fleet.refresh();
  await waitFor('the failure', () => failures() === 1);
  await waitFor('the lease to be given back', async () => (await engine.driver(id)).kind === 'none');
  for (let look = 0; look < 5; look += 1) await fleet.refresh();
  assert.equal(failures(), 1);
  assert.ok(fleet.isBusy);
});
