import { InputError } from '../../src/errors.js';
import { TrainyardHome } from '../../src/home.js';
import { Trainyard } from '../../src/trainyard.js';
import { RecordingLogger } from './recordingLogger.js';
import { runtime } from './transferFixture.js';

/** An engine with that home that reaches no machine and has no key: for what is read from journals only. */
export function engineWithoutHosts(
  folder: string,
  pollMs: number,
  logger = new RecordingLogger(),
): Trainyard {
  const noHost = (): Promise<never> => Promise.reject(new InputError('There is no host.'));
  return new Trainyard({
    home: new TrainyardHome(folder),
    runtime,
    hosts: { open: noHost, openPinned: noHost, resolve: noHost },
    secrets: { get: () => Promise.resolve(undefined) },
    cloudSettings: { get: () => Promise.resolve(undefined) },
    mayHoldKey: () => Promise.resolve(false),
    monthlyBudgetUsd: () => null,
    logger,
    pollMs,
  });
}
