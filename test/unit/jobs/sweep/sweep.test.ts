import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthError, StillRunningError, UserError } from '../../../../src/errors.js';
import { apply, reduce, type Job, type NewEvent } from '../../../../src/jobs/job.js';
import { sweep, type Finding, type SweepRequest } from '../../../../src/jobs/sweep/sweep.js';
import { terminateMachine } from '../../../../src/jobs/sweep/terminate.js';
import type { Journals } from '../../../../src/jobs/sweep/verdict.js';
import { dated, intended, labelOf, launched, offerRef, rentedSpec } from '../builders.js';
import { FakeCloud, never } from '../rented/fakeCloud.js';

const gaveUp: NewEvent = {
  type: 'gave-up',
  outcome: 'failed',
  reason: { code: 'x', message: 'No.', fix: null },
};
/** Long ago by the journal, with a deadline that is still to come. */
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
const label = (launch: number, job = 'digits-abc234'): string =>
  `trainyard-k3x9-${job}-${launch}-${inAnHour}`;
const wanted = (launch = 1, job?: string): NewEvent => ({
  type: 'launch.intended',
  label: label(launch, job),
  rental: { offer: offerRef(), deadline: inAnHour, endsAt: inAnHour - 360 },
});
const jobAfter = (...events: readonly NewEvent[]): Job =>
  reduce(dated([{ type: 'planned', spec: rentedSpec() }, ...events])) ?? assert.fail();
const endedJob = jobAfter(wanted(), launched('m1'), gaveUp, { type: 'released' });

class Bench {
  readonly cloud = new FakeCloud();
  journals: Journals = { jobs: [], unreadable: [] };
  readonly finished: string[] = [];
  onFinish: (job: Job) => Promise<'ended' | 'driven-elsewhere'> = () => Promise.resolve('ended');
  needs: (job: Job) => string | null = () => null;

  sweep(overrides: Partial<SweepRequest> = {}): Promise<readonly Finding[]> {
    return sweep(
      {
        clouds: [this.cloud.provider()],
        mark: 'k3x9',
        graceSeconds: 300,
        dryRun: false,
        timeScale: this.cloud.timeScale,
        onFinding: () => undefined,
        journals: () => Promise.resolve(this.journals),
        needsFinishing: (job) => Promise.resolve(this.needs(job)),
        finish: (job) => {
          this.finished.push(job.spec.id);
          return this.onFinish(job);
        },
        ...overrides,
      },
      never,
    );
  }
}

const told = (findings: readonly Finding[]): string[] =>
  findings.map((finding) => {
    if (finding.kind === 'machine') return `${finding.machine.id} ${finding.action}`;
    if (finding.kind === 'resource') return `${finding.resource.name} ${finding.action}`;
    return `${finding.kind === 'job' ? finding.job : finding.provider} ${finding.action}`;
  });

describe('sweep', () => {
  it('ends what should not be there, and leaves the rest', async () => {
    const bench = new Bench();
    bench.journals = { jobs: [endedJob], unreadable: ['sealed-abc234'] };
    bench.cloud.make('m1', label(1));
    bench.cloud.make('jobless', label(1, 'lost-zzz999'));
    bench.cloud.make('sealed', label(1, 'sealed-abc234'));
    bench.cloud.make('mine', 'somebody-elses');
    bench.cloud.make('over', label(3), { state: 'gone' });
    const findings = told(await bench.sweep()).sort();
    assert.deepEqual(findings, ['jobless ended', 'm1 ended', 'mine not-ours', 'sealed kept']);
    assert.deepEqual([...bench.cloud.ended].sort(), ['jobless', 'm1']);
  });

  it('only says what it would do in a dry run', async () => {
    const bench = new Bench();
    const going = jobAfter(wanted(), launched('m1'));
    bench.journals = { jobs: [going], unreadable: [] };
    bench.needs = () => 'it hangs';
    bench.cloud.make('jobless', label(1, 'lost-zzz999'));
    bench.cloud.keys = [
      { provider: 'vast', kind: 'ssh-key', name: 'trainyard-k3x9-lost-zzz999', id: '7', details: {} },
    ];
    assert.deepEqual(told(await bench.sweep({ dryRun: true })), [
      'digits-abc234 would-finish',
      'jobless would-end',
      'trainyard-k3x9-lost-zzz999 would-release',
    ]);
    assert.deepEqual([...bench.cloud.ended, ...bench.finished], []);
  });

  for (const [what, before, after] of [
    ['a job that began', [], [jobAfter(wanted(), launched('m1'))]],
    [
      'a job that was resumed',
      [endedJob],
      [
        [{ type: 'resumed' } as const, wanted(2), launched('m1')].reduce(
          (job, event) => apply(job, { ...event, at: new Date().toISOString() }),
          endedJob,
        ),
      ],
    ],
    [
      'a job that was extended',
      [jobAfter(intended(), launched('m1'))],
      [jobAfter(intended(), launched('m1'), { type: 'extended', hours: 24 * 365 * 100 })],
    ],
  ] as const) {
    it(`does not end the machine of ${what} while the list was on its way`, async () => {
      const bench = new Bench();
      bench.journals = { jobs: before, unreadable: [] };
      bench.cloud.beforeList = () => {
        if (bench.cloud.machines.length > 0) return;
        bench.journals = { jobs: after, unreadable: [] };
        const name = after[0].launches.at(-1)?.label ?? '';
        bench.cloud.make('m1', name);
      };
      assert.deepEqual(told(await bench.sweep()), ['m1 kept']);
      assert.deepEqual(bench.cloud.ended, []);
    });
  }

  it('is patient with a cloud that takes its time to end a machine', async () => {
    const bench = new Bench();
    bench.cloud.make('jobless', label(1));
    let tries = 0;
    bench.cloud.onTerminate = (id) => {
      tries += 1;
      if (tries === 2) throw new Error('500');
      if (tries === 7) bench.cloud.remove(id);
    };
    assert.deepEqual(told(await bench.sweep()), ['jobless ended']);
    assert.equal(tries, 7);
  });

  it('says what it could not end, and where to end it', async () => {
    const bench = new Bench();
    bench.cloud.make('jobless', label(1));
    bench.cloud.onTerminate = () => undefined;
    const [finding] = await bench.sweep();
    assert.equal(finding?.action, 'failed');
    assert.match(finding.why, /no job of this computer knows it; .*still lists jobless: end it at https:/);
  });

  it('tells a job whose machine it has ended, and goes on when that job cannot be driven', async () => {
    const bench = new Bench();
    const late = jobAfter(intended(), launched('m1'));
    bench.journals = { jobs: [late], unreadable: [] };
    bench.cloud.make('m1', labelOf(1));
    bench.onFinish = () => Promise.reject(new UserError('It has ended already.'));
    assert.deepEqual(told(await bench.sweep()), ['m1 ended', 'digits-abc234 failed']);
    assert.deepEqual(bench.finished, ['digits-abc234']);
  });

  it('finishes jobs that need it, and does not count what somebody else has begun to drive', async () => {
    const bench = new Bench();
    const going = jobAfter(wanted());
    bench.journals = { jobs: [going], unreadable: [] };
    bench.needs = () => 'it hangs';
    assert.deepEqual(told(await bench.sweep()), ['digits-abc234 finished']);
    bench.onFinish = () => Promise.resolve('driven-elsewhere');
    assert.deepEqual(told(await bench.sweep()), []);
  });

  it('says when nobody knows what runs: no list, no key', async () => {
    const bench = new Bench();
    bench.cloud.beforeList = () => Promise.reject(new AuthError('The key was refused.'));
    const [refused] = await bench.sweep();
    assert.ok(refused?.kind === 'provider' && refused.isKey);
    bench.journals = { jobs: [jobAfter(wanted(), launched('m1'))], unreadable: [] };
    const [keyless] = await bench.sweep({ clouds: [] });
    assert.ok(keyless?.kind === 'provider' && keyless.isKey && keyless.provider === 'vast');
  });

  it('releases keys that outlived their job', async () => {
    const bench = new Bench();
    bench.journals = { jobs: [endedJob], unreadable: [] };
    const key = { provider: 'vast', kind: 'ssh-key', id: '7', details: {} } as const;
    bench.cloud.keys = [
      { ...key, name: 'trainyard-k3x9-digits-abc234' },
      { ...key, name: 'trainyard-zzzz-digits-abc234' },
    ];
    assert.deepEqual(told(await bench.sweep()), ['trainyard-k3x9-digits-abc234 released']);
    assert.equal(bench.cloud.keys.length, 1);
  });
});

describe('terminateMachine', () => {
  const terminate = async (bench: Bench, id: string) => {
    const stopped: string[] = [];
    const { cloud } = bench;
    const result = await terminateMachine(
      id,
      {
        clouds: [cloud.provider()],
        mark: 'k3x9',
        timeScale: cloud.timeScale,
        journals: () => Promise.resolve(bench.journals),
        driver: () => Promise.resolve({ kind: 'none' }),
        folder: () => assert.fail(),
        machine: () => assert.fail(),
        requestStop: (job) => Promise.resolve(stopped.push(job)),
        drive: () => assert.fail(),
      },
      never,
    );
    return { stopped, job: result.job };
  };

  it('stops the job that is on the machine, so that it does not rent another', async () => {
    const bench = new Bench();
    bench.journals = { jobs: [jobAfter(wanted(), launched('m1'))], unreadable: [] };
    bench.cloud.make('m1', label(1));
    assert.deepEqual(await terminate(bench, 'm1'), { stopped: ['digits-abc234'], job: 'digits-abc234' });
    assert.deepEqual(bench.cloud.machines, []);
  });

  it('stops the job that has asked for it and does not know its id yet', async () => {
    const bench = new Bench();
    bench.journals = { jobs: [jobAfter(wanted())], unreadable: [] };
    bench.cloud.make('m1', label(1));
    assert.deepEqual((await terminate(bench, label(1))).stopped, ['digits-abc234']);
  });

  it('does not stop a job that has moved on to another machine', async () => {
    const bench = new Bench();
    const rejected: NewEvent = { type: 'instance.rejected', why: 'no GPU' };
    const moved = jobAfter(wanted(1), launched('m1'), rejected, wanted(2), launched('m2'));
    bench.journals = { jobs: [moved], unreadable: [] };
    bench.cloud.make('m1', label(1));
    bench.cloud.make('m2', label(2));
    assert.deepEqual(await terminate(bench, 'm1'), { stopped: [], job: null });
    assert.deepEqual(bench.cloud.ended, ['m1']);
  });

  for (const name of ['somebody-elses', 'trainyard-notes'])
    it(`leaves ${name} alone, also when it is told to end it`, async () => {
      const bench = new Bench();
      bench.cloud.make('m1', name);
      await assert.rejects(terminate(bench, 'm1'), /was not made by Trainyard/);
      assert.deepEqual(bench.cloud.ended, []);
    });

  it('says that the machine may still run when it does, or when nobody knows', async () => {
    const bench = new Bench();
    bench.cloud.make('m1', label(1));
    bench.cloud.onTerminate = () => undefined;
    await assert.rejects(terminate(bench, 'm1'), StillRunningError);
    bench.cloud.beforeList = () => Promise.reject(new Error('no list'));
    await assert.rejects(terminate(bench, 'm1'), StillRunningError);
    await assert.rejects(terminate(new Bench(), 'm1'), /There is no machine m1/);
  });
});
