import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { InputError, StillRunningError } from '../../../src/errors.js';
import { TrainyardHome } from '../../../src/home.js';
import { BadHosts } from '../../../src/jobs/badHosts.js';
import type { JobSpec } from '../../../src/jobs/job.js';
import { Journal } from '../../../src/jobs/journal.js';
import { requestStop } from '../../../src/jobs/requests.js';
import { drive, type DriveResult } from '../../../src/jobs/runner.js';
import { RecordingLogger } from '../../support/recordingLogger.js';
import { tempDir } from '../../support/tempDir.js';
import { runtime } from '../../support/transferFixture.js';
import { waitFor } from '../../support/waitFor.js';
import { offer, rentedSpec } from './builders.js';
import { FakeCloud, never } from './rented/fakeCloud.js';

const noHost = (): Promise<never> => Promise.reject(new InputError('There is no host.'));

/** A job on disk that rents from a cloud in memory, and drivers of it. */
class Bench {
  readonly cloud = new FakeCloud();
  readonly logger = new RecordingLogger();
  readonly #home: TrainyardHome;
  readonly #spec: JobSpec;

  private constructor(home: TrainyardHome, spec: JobSpec) {
    this.#home = home;
    this.#spec = spec;
    this.cloud.offered = [offer()];
  }

  static async make(t: TestContext, overrides: Partial<JobSpec> = {}): Promise<Bench> {
    const home = new TrainyardHome(await tempDir(t));
    const spec = rentedSpec(overrides);
    const folder = await home.makeJob(spec.id);
    await Journal.create(folder.journal, { type: 'planned', spec });
    return new Bench(home, spec);
  }

  journal(): Promise<Journal> {
    return Journal.open(this.#home.job(this.#spec.id).journal);
  }

  async drive(signal = never): Promise<DriveResult> {
    const { cloud, logger } = this;
    const providers = cloud.providers();
    const options = {
      home: this.#home,
      runtime,
      providers: Object.assign(providers, { usableClouds: () => Promise.resolve(providers.clouds) }),
      hosts: { open: noHost, openPinned: noHost, resolve: noHost },
      secrets: { get: () => Promise.resolve(undefined) },
      renting: {
        mark: 'k3x9',
        badHosts: new BadHosts(join(this.#home.path, 'bad-hosts.json'), logger),
        mayHoldKey: () => Promise.resolve(false),
        timeScale: cloud.timeScale,
      },
      logger,
      pollMs: 10,
    };
    return drive(await this.journal(), this.#home.job(this.#spec.id), options, signal);
  }
}

/** Settles as a request does whose driver lets go of it. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const letGo = (): void => reject(signal.reason as Error);
    if (signal.aborted) letGo();
    else signal.addEventListener('abort', letGo);
  });

describe('drive', () => {
  it('goes on from a machine that was asked for when its driver let go, with one machine', async (t) => {
    const bench = await Bench.make(t);
    const { cloud } = bench;
    const leaving = new AbortController();
    cloud.onRent = ({ label }, signal) => {
      const answer = untilAborted(signal);
      cloud.make('m1', label, { state: 'failed' });
      leaving.abort();
      return answer;
    };
    await assert.rejects(bench.drive(leaving.signal), { name: 'AbortError' });
    const { job } = await bench.journal();
    assert.equal(job.stage.state, 'launching');
    assert.equal(await bench.drive(), 'ended');
    const { rentals } = (await bench.journal()).job;
    assert.deepEqual(
      rentals.map(({ id }) => id),
      ['m1'],
    );
    assert.equal(cloud.calls.filter((call) => call.startsWith('rent ')).length, 1);
    assert.deepEqual(cloud.machines, []);
  });

  it('finds the machine of a request that was stopped half-way, and is not over before', async (t) => {
    const bench = await Bench.make(t);
    const { cloud } = bench;
    cloud.onRent = async ({ label }, signal) => {
      let lists = 0;
      cloud.beforeList = () => {
        lists += 1;
        if (lists === 2) cloud.make('late', label);
      };
      await requestStop(await bench.journal());
      return untilAborted(signal);
    };
    assert.equal(await bench.drive(), 'ended');
    assert.deepEqual(cloud.ended, ['late']);
    assert.deepEqual(cloud.machines, []);
  });

  it('ends its machine when it is stopped while it waits for it', async (t) => {
    const bench = await Bench.make(t);
    const { cloud } = bench;
    cloud.timeScale = 0.01;
    cloud.onRent = ({ label }) => cloud.make('m1', label, { state: 'starting' });
    const driving = bench.drive();
    await waitFor('the machine', async () => (await bench.journal()).job.stage.state === 'connecting');
    await requestStop(await bench.journal());
    assert.equal(await driving, 'ended');
    const { stage, rentals } = (await bench.journal()).job;
    assert.ok(stage.state === 'ended' && stage.outcome === 'cancelled');
    assert.ok(rentals.every(({ until }) => until !== null));
    assert.deepEqual(cloud.machines, []);
  });

  it('is not over while a machine cannot be ended, and is when that is over', async (t) => {
    const bench = await Bench.make(t);
    const { cloud } = bench;
    cloud.onRent = ({ label }) => cloud.make('m1', label, { state: 'failed' });
    cloud.onTerminate = () => undefined;
    await assert.rejects(bench.drive(), StillRunningError);
    const { job } = await bench.journal();
    assert.equal(job.stage.state, 'releasing');
    assert.notEqual(job.overdue, null);
    cloud.onTerminate = (id) => cloud.remove(id);
    assert.equal(await bench.drive(), 'ended');
    assert.equal((await bench.journal()).job.overdue, null);
  });

  it('does not write for ever into the journal of a job whose provider it does not know', async (t) => {
    const place = { provider: 'nimbus', destination: null, identityFiles: [] };
    const bench = await Bench.make(t, { place });
    await assert.rejects(bench.drive(), /no provider "nimbus"/);
    assert.equal((await bench.journal()).job.stage.state, 'releasing');
  });

  it('is done by one at a time', async (t) => {
    const bench = await Bench.make(t);
    const { cloud } = bench;
    cloud.onRent = ({ label }) => cloud.make('m1', label, { state: 'starting' });
    const leaving = new AbortController();
    const first = assert.rejects(bench.drive(leaving.signal), { name: 'AbortError' });
    await waitFor('the machine', async () => (await bench.journal()).job.stage.state === 'connecting');
    assert.equal(await bench.drive(), 'driven-elsewhere');
    leaving.abort();
    await first;
  });
});
