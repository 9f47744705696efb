import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AuthError, ConnectionError, NoCapacityError } from '../../../src/errors.js';
import { TrainyardHome } from '../../../src/home.js';
import { reduce, type Job } from '../../../src/jobs/job.js';
import { chooseMachine, type MachineWish } from '../../../src/jobs/machineChoice.js';
import type { Load } from '../../../src/jobs/offers/expectedCost.js';
import type { Planning } from '../../../src/jobs/planning.js';
import { EnvironmentSecrets } from '../../../src/jobs/secrets.js';
import type { CloudProvider } from '../../../src/providers/cloud.js';
import { SshHosts } from '../../../src/providers/sshHosts.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { dated, wholeLife } from './builders.js';
import { FakeProvider, offer } from './offers/builders.js';

const never = new AbortController().signal;
const limits = { hours: null, budgetUsd: null };
const load: Load = { datasetBytes: 1e9, estimate: { vramGb: 16, diskGb: 30 } };
const ssh = { provider: 'ssh', destination: 'gpu1', identityFiles: [] };

/** No machine of the user's own answers here. */
function planning(clouds: readonly CloudProvider[], more: Partial<Planning> = {}): Planning {
  const nobody = (): Promise<never> =>
    Promise.reject(new ConnectionError('The machine does not answer.', 'connect'));
  return {
    home: new TrainyardHome('/nowhere'),
    sshHosts: new SshHosts(join('/nowhere', 'ssh-hosts.json')),
    runtime: new RuntimeFiles('/nowhere'),
    hosts: { open: nobody, openPinned: nobody, resolve: nobody },
    secrets: new EnvironmentSecrets({}),
    providers: { clouds },
    mayHoldKey: () => Promise.resolve(false),
    monthlyBudgetUsd: null,
    jobs: () => Promise.resolve([]),
    timeScale: 1,
    ...more,
  };
}

function wish(overrides: Partial<MachineWish> = {}): MachineWish {
  return { where: { own: [], clouds: [] }, wish: {}, offerId: undefined, yes: false, ...overrides };
}

const runpod = new FakeProvider({
  answer: [
    offer({ id: 'small', vramGb: 8, usdPerHour: 0.1 }),
    offer({ id: 'out', usdPerHour: 0.2, available: false }),
    offer({ id: 'fits', usdPerHour: 0.5 }),
    offer({ id: 'spot', usdPerHour: 0.3, spot: true }),
  ],
});
const vast = new FakeProvider({
  id: 'vast',
  title: 'Vast.ai',
  answer: [offer({ provider: 'vast', id: 'cheaper', usdPerHour: 0.4 })],
});
const keyless = new FakeProvider({
  id: 'lambda',
  title: 'Lambda',
  hasKey: false,
  facts: { keyName: 'LAMBDA_API_KEY' },
  answer: [],
});

describe('chooseMachine', () => {
  it('rents the cheapest of all clouds with a key when a GPU is asked for that is not here', async () => {
    const { place, machine, deal, problems } = await chooseMachine(
      wish({ wish: { vram: 24 } }),
      limits,
      load,
      planning([runpod, vast, keyless]),
      never,
    );
    assert.deepEqual(place, { provider: 'vast', destination: null, identityFiles: [] });
    assert.equal(machine, null);
    assert.deepEqual(problems, []);
    assert.equal(deal?.offer.id, 'cheaper');
    assert.deepEqual(deal.rent, {
      providers: [],
      need: {
        gpus: [],
        vramGb: 24,
        count: 1,
        maxUsdPerHour: null,
        spot: false,
        regions: [],
        diskGb: 31,
      },
      first: deal.rent.first,
      agreedUsdPerHour: 0.4,
    });
    assert.equal(deal.rent.first?.id, 'cheaper');
    assert.equal(deal.terms.hours, 24);
    assert.match(deal.terms.ends, /ends itself after 24 h/);
  });

  it('stays with the clouds that are named, and says which has no key', async () => {
    const where = { own: [], clouds: [runpod, keyless] };
    const chosen = await chooseMachine(
      wish({ where }),
      limits,
      load,
      planning([runpod, vast, keyless]),
      never,
    );
    assert.equal(chosen.deal?.offer.id, 'fits');
    assert.deepEqual(chosen.deal.rent.providers, ['runpod', 'lambda']);
    assert.equal(chosen.deal.rent.need.vramGb, 16, 'what the recipe needs is looked for');
    assert.deepEqual(
      chosen.problems.map(({ message }) => message),
      ['There is no key for Lambda. Set LAMBDA_API_KEY. Make one in the console. It was left out.'],
    );
  });

  it('takes own machines that are named first, and says why one was passed over', async () => {
    const where = { own: [ssh], clouds: [vast] };
    const { deal, problems } = await chooseMachine(wish({ where }), limits, load, planning([vast]), never);
    assert.equal(deal?.offer.id, 'cheaper');
    assert.deepEqual(
      problems.map(({ message }) => message),
      ['ssh:gpu1 was passed over: The machine does not answer.'],
    );
    await assert.rejects(
      chooseMachine(wish({ where: { own: [ssh], clouds: [] } }), limits, load, planning([vast]), never),
      ConnectionError,
    );
  });

  it('rents nothing that was not asked for', async () => {
    await assert.rejects(chooseMachine(wish(), limits, load, planning([vast]), never), ConnectionError);
  });

  it('takes spot machines when they are asked for, and only these', async () => {
    const where = { own: [], clouds: [runpod] };
    const chosen = await chooseMachine(
      wish({ where, wish: { spot: true } }),
      limits,
      load,
      planning([runpod]),
      never,
    );
    assert.equal(chosen.deal?.offer.id, 'spot');
  });

  it('takes the offer that was seen, whatever it is, and its like when it is gone', async () => {
    const taken = wish({ where: { own: [], clouds: [runpod] }, offerId: 'small' });
    const { deal, problems } = await chooseMachine(taken, limits, load, planning([runpod]), never);
    assert.equal(deal?.offer.id, 'small');
    assert.deepEqual(deal.rent.need.gpus, ['RTX 4090']);
    assert.equal(deal.rent.need.vramGb, 8);
    assert.match(problems[0]?.message ?? '', /wants a GPU with about 16 GB .* RTX 4090 \(8 GB\)/);
    await assert.rejects(
      chooseMachine({ ...taken, offerId: 'gone' }, limits, load, planning([runpod]), never),
      (error) =>
        error instanceof NoCapacityError && error.message.includes('The offer gone is not there any more'),
    );
  });

  it('says why when the cloud of a taken offer cannot be asked', async () => {
    const refused = new FakeProvider({ answer: new AuthError('The key was refused.') });
    const taken = wish({ where: { own: [], clouds: [refused] }, offerId: 'small' });
    await assert.rejects(chooseMachine(taken, limits, load, planning([refused]), never), AuthError);
  });

  it('agrees to the highest price only with --yes', async () => {
    const priced = wish({ where: { own: [], clouds: [vast] }, wish: { maxPrice: 0.9 } });
    const agreed = async (yes: boolean): Promise<number | undefined> =>
      (await chooseMachine({ ...priced, yes }, limits, load, planning([vast]), never)).deal?.rent
        .agreedUsdPerHour;
    assert.equal(await agreed(false), 0.4);
    assert.equal(await agreed(true), 0.9);
  });

  it('refuses without any key, and names the variables', async () => {
    await assert.rejects(
      chooseMachine(wish({ wish: { vram: 24 } }), limits, load, planning([keyless]), never),
      (error) => error instanceof AuthError && error.message.includes('LAMBDA_API_KEY'),
    );
  });

  it('refuses a budget that does not even pay for the boot', async () => {
    const where = { own: [], clouds: [vast] };
    const poor = { hours: null, budgetUsd: 0.02 };
    await assert.rejects(
      chooseMachine(wish({ where }), poor, load, planning([vast]), never),
      (error) =>
        error instanceof NoCapacityError &&
        error.message.startsWith('The budget of $0.02 is too small: a machine for $0.40/h costs $0.04'),
    );
  });

  it('warns when the training will probably cost more than it may', async () => {
    const where = { own: [], clouds: [vast] };
    const long = { datasetBytes: 1, estimate: { vramGb: 16, diskGb: 1, hours: { gpu: 100, other: 0 } } };
    const chosen = await chooseMachine(
      wish({ where }),
      { hours: null, budgetUsd: 1 },
      long,
      planning([vast]),
      never,
    );
    assert.match(chosen.problems[0]?.message ?? '', /may take .* h for \$.*, and the budget is \$1\.00/);
  });

  it('spends no more than the month allows', async () => {
    const where = { own: [], clouds: [vast] };
    const began = new Date(Date.now() - 1000).toISOString();
    const whole = reduce(dated(wholeLife));
    assert.ok(whole);
    const running = { provider: 'vast', id: '1', keyMark: null, usdPerHour: 3600, since: began, until: null };
    const spent: Job = { ...whole, rentals: [running] };
    const month = (usd: number): Planning =>
      planning([vast], { monthlyBudgetUsd: usd, jobs: () => Promise.resolve([spent]) });
    const chosen = await chooseMachine(wish({ where }), limits, load, month(10_000), never);
    const left = chosen.deal?.terms.budgetUsd ?? 0;
    assert.ok(left < 9_999.1 && left > 1_000, `${left} is left`);
    await assert.rejects(
      chooseMachine(wish({ where }), limits, load, month(0.5), never),
      (error) =>
        error instanceof NoCapacityError && error.message.startsWith("Of this month's budget of $0.50"),
    );
  });
});
