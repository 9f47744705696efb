import { delay } from '../../delay.js';
import { DoubtfulError, messageOf, NoCapacityError } from '../../errors.js';
import type { MachineImage, Rented, RentRequest } from '../cloud.js';
import type { Contract } from './answers.js';
import type { VastApi } from './api.js';
import { lanes, waitOf } from './intervals.js';
import type { Ask } from './offers.js';
import { Refusal } from './refusal.js';
import { startScript } from './startScript.js';

/**
 * Vast.ai's own, which most hosts have at hand, in the version that fits the driver of whichever host it comes up on.
 * Source: Vast.ai, recommended templates.
 */
const images: Readonly<Record<MachineImage, string>> = {
  pytorch: 'vastai/pytorch:@vastai-automatic-tag',
  python: 'vastai/base-image:@vastai-automatic-tag',
};
/** A refusal for asking too often has made nothing, so asking again makes no second machine. */
const mostTries = 5;
const mostReadBacks = 3;
const readBackDeadlineMs = 20_000;

/** What is sent to Vast.ai, as it is sent. */
type Order = Readonly<Record<string, unknown>>;

export interface AcceptanceOptions {
  readonly ask: Ask;
  readonly request: RentRequest;
  /** Factor on our own waits. */
  readonly timeScale: number;
  readonly signal: AbortSignal;
}

/**
 * Accepts an ask, and reads back what was really given.
 * @throws {Refusal} nothing was made, or it was ended
 * @throws {NoCapacityError} it came with fewer GPUs than it was offered with, and was ended
 * @throws {DoubtfulError} nobody knows whether there is a machine, or there is one that could not be ended
 */
export async function acceptAsk(api: VastApi, options: AcceptanceOptions): Promise<Rented> {
  const { ask, request, timeScale, signal } = options;
  const id = await accept(api, toOrder(ask, request), options);
  const contract = await readBack(api, id, timeScale, signal);
  const gpus = contract?.num_gpus ?? request.offer.count;
  if (gpus >= request.offer.count) return { id, usdPerHour: contract?.dph_total ?? null };
  await endHalfMade(api, id, signal);
  throw new NoCapacityError(
    `Vast.ai gave ${gpus} of the ${request.offer.count} GPUs it had offered, so the machine was ended. Take another offer.`,
  );
}

async function accept(
  api: VastApi,
  order: Order,
  { ask, timeScale, signal }: AcceptanceOptions,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await acceptOnce(api, ask.ask, order, signal);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 429) || attempt >= mostTries) throw error;
      await delay((waitOf({ text: error.words }) ?? lanes.accept) * timeScale, signal);
    }
  }
}

async function acceptOnce(api: VastApi, ask: string, order: Order, signal: AbortSignal): Promise<string> {
  let id: string | null;
  try {
    id = await api.accept(ask, order, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Refusal)) throw doubt(sentencePart(error), error);
    // A bid that is too low, for one, is refused and leaves a stopped machine behind, whose disk bills.
    if (error.contractId !== null) await endHalfMade(api, error.contractId, signal);
    else if (error.status === 408 || error.status >= 500) throw doubt(sentencePart(error), error);
    throw error;
  }
  if (id === null) throw doubt('Vast.ai said yes and named no machine');
  return id;
}

function toOrder({ bid }: Ask, request: RentRequest): Order {
  const { label, diskGb, publicKey, bootLine, deadline } = request;
  return {
    client_id: 'me',
    image: images[request.image],
    disk: diskGb,
    label,
    runtype: 'ssh_direct',
    target_state: 'running',
    // Else a machine that cannot start at once is left behind stopped, and bills its disk.
    cancel_unavail: true,
    env: { TRAINYARD_LABEL: label, TRAINYARD_DEADLINE: String(deadline) },
    onstart: startScript(publicKey, bootLine),
    // Its presence alone makes the machine an interruptible one.
    ...(bid === null ? {} : { price: bid }),
  };
}

/** What the machine is and costs; `null` when it cannot be seen soon, which changes nothing about that there is one. */
async function readBack(
  api: VastApi,
  id: string,
  timeScale: number,
  signal: AbortSignal,
): Promise<Contract | null> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(readBackDeadlineMs)]);
  try {
    for (let attempt = 1; attempt <= mostReadBacks; attempt += 1) {
      const contract = await api.contract(id, soon);
      if (contract !== null) return contract;
      await delay(lanes.show * timeScale, soon);
    }
  } catch {
    return null;
  }
  return null;
}

/** @throws {DoubtfulError} it may go on billing */
async function endHalfMade(api: VastApi, id: string, signal: AbortSignal): Promise<void> {
  try {
    await api.destroy(id, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new DoubtfulError(
      `The machine ${id} of Vast.ai cannot be used, and could not be ended (${sentencePart(error)}). ` +
        'It bills: end it at https://cloud.vast.ai/instances/.',
      { cause: error },
    );
  }
}

function doubt(why: string, cause?: unknown): DoubtfulError {
  return new DoubtfulError(`It is not certain whether Vast.ai made a machine: ${why}.`, { cause });
}

/** What an error says, to stand within a sentence of ours. */
function sentencePart(error: unknown): string {
  return messageOf(error).replace(/\.+$/, '');
}
