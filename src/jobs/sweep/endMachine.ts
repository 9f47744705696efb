import { delay } from '../../delay.js';
import { messageOf } from '../../errors.js';
import type { CloudProvider } from '../../providers/cloud.js';
import { isGone } from '../rented/presence.js';

/** Some clouds take minutes to end a machine. */
const patienceMs = 10 * 60_000;
const firstWaitMs = 2_000;
const longestWaitMs = 60_000;

/**
 * Ends a machine and waits until complete lists do not have it any more, for ten minutes at most.
 * @throws {Error} it is still there, or nobody knows
 */
export async function endMachine(
  provider: CloudProvider,
  id: string,
  { timeScale }: { readonly timeScale: number },
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + patienceMs * timeScale;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    const problem = await tryToEnd(provider, id, signal);
    if (problem === null) return;
    if (performance.now() >= until) throw new Error(problem);
    await delay(waitMs * timeScale, signal);
  }
}

/** @returns why it is not gone yet, or `null` */
async function tryToEnd(provider: CloudProvider, id: string, signal: AbortSignal): Promise<string | null> {
  try {
    const cloud = await provider.open();
    await cloud.terminate(id, signal);
    // The present key has listed it, or nobody would end it here.
    if (await isGone(provider, { name: id, keyMark: null }, signal)) return null;
    return `${provider.title} still lists ${id}: end it at ${cloud.consoleUrl(id)}.`;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}
