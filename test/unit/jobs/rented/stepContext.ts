import { join } from 'node:path';
import { Signal } from '../../../../src/disposable.js';
import { TrainyardHome } from '../../../../src/home.js';
import { BadHosts } from '../../../../src/jobs/badHosts.js';
import type { HostOpener } from '../../../../src/jobs/hostOpener.js';
import type { Job } from '../../../../src/jobs/job.js';
import { Machine } from '../../../../src/jobs/machine.js';
import type { StepContext } from '../../../../src/jobs/steps/step.js';
import { RecordingLogger } from '../../../support/recordingLogger.js';
import { tempDir, type CleanUp } from '../../../support/tempDir.js';
import { runtime } from '../../../support/transferFixture.js';
import type { FakeCloud } from './fakeCloud.js';
import type { MemoryJournal } from './memoryJournal.js';

const noHosts: HostOpener = {
  open: () => Promise.reject(new Error('There is no host.')),
  openPinned: () => Promise.reject(new Error('There is no host.')),
  resolve: () => Promise.reject(new Error('There is no host.')),
};

/** What a step of a job on rented machines is given, as far as it does not log in. */
export async function stepContext(
  test: CleanUp,
  cloud: FakeCloud,
  journal: MemoryJournal,
): Promise<StepContext> {
  const home = new TrainyardHome(await tempDir(test));
  const folder = await home.makeJob(journal.job.spec.id);
  const logger = new RecordingLogger();
  const providers = cloud.providers();
  const [provider] = providers.clouds;
  if (!provider) throw new Error('There is no cloud.');
  const instanceId = 'instance' in journal.job.stage ? (journal.job.stage.instance?.id ?? null) : null;
  return {
    job: journal.job,
    folder,
    home,
    runtime,
    provider,
    providers,
    machine: new Machine({ provider, instanceId, folder, hosts: noHosts, runtime, logger }),
    secrets: { get: () => Promise.resolve(undefined) },
    logger,
    renting: {
      mark: 'k3x9',
      badHosts: new BadHosts(join(home.path, 'bad-hosts.json'), logger),
      mayHoldKey: () => Promise.resolve(false),
      timeScale: cloud.timeScale,
    },
    repeated: false,
    note: journal.note,
    requests: new Signal<Job>(),
    show: () => undefined,
  };
}
