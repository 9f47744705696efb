import { rm } from 'node:fs/promises';
import { InputError, messageOf } from '../errors.js';
import type { JobFolder } from '../home.js';
import type { Logger } from '../logger.js';
import type { Job } from './job.js';
import type { Journal } from './journal.js';
import { Lease } from './lease.js';
import type { Machine } from './machine.js';

export interface Removal {
  readonly journal: Journal;
  readonly folder: JobFolder;
  /** `null`: it was rented and is gone, and the job's files there with it. */
  readonly machine: Machine | null;
  readonly logger: Logger;
}

/**
 * Takes an ended job off the list and deletes its files on the machine; the collected model stays.
 * @returns what is left behind when the machine could not be asked, else `null`
 */
export async function removeJob(
  { journal, folder, machine, logger }: Removal,
  signal: AbortSignal,
): Promise<string | null> {
  const { spec, stage } = journal.job;
  if (stage.state !== 'ended') {
    throw new InputError(`The job ${spec.id} is still ${stage.state}. Stop it first.`);
  }
  const lease = await Lease.take(folder.path);
  if (!lease) throw new InputError(`Another window is working on ${spec.id}. Try again when it is done.`);
  try {
    const leftBehind = machine && (await removeThere(journal.job, machine, logger, signal));
    await lease.release();
    await rm(folder.path, { recursive: true, force: true });
    return leftBehind;
  } finally {
    await lease.release();
  }
}

async function removeThere(
  { spec }: Job,
  machine: Machine,
  logger: Logger,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await (await machine.agent(signal)).remove(spec.id, signal);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    logger.warn(`job ${spec.id} remove → ${messageOf(error)}`);
    const { name, root } = await machine.host(signal);
    return `${name}: ${root}/runs/${spec.id}`;
  }
}
