import { ConnectionError, NoProgramsError } from '../../errors.js';
import type { Host } from '../host.js';
import type { HostStore } from '../hostStore.js';

/** Two ways to the same. */
export interface Ways<T> {
  byProgram(): Promise<T>;
  bySftp(store: HostStore): Promise<T>;
  /**
   * Called once before {@link bySftp}. Where it is `undefined`, nobody could be told, and it goes by program or not at all.
   * @param reason `gpu1 runs none of Trainyard's programs` and, if it is known, why
   */
  readonly onSftp: ((reason: string) => void) | undefined;
}

/**
 * Goes the way by our programs or, on a machine that runs none of them, the one by SFTP. Both fail as they do by themselves;
 * where there is no SFTP either, what kept the programs from running is thrown.
 */
export async function bySftpWithoutPrograms<T>(host: Host, ways: Ways<T>, signal: AbortSignal): Promise<T> {
  try {
    return await ways.byProgram();
  } catch (error) {
    const { onSftp } = ways;
    const store = onSftp && runsNone(error) ? await storeOf(host, signal) : undefined;
    if (store === undefined) throw error;
    onSftp?.(reasonOf(host, error));
    return await untilAborted(store, () => ways.bySftp(store), signal);
  }
}

/** A server may also let channels be opened, and only refuse to start something in one. */
function runsNone(error: unknown): boolean {
  return error instanceof NoProgramsError || isRefusal(error);
}

function isRefusal(error: unknown): boolean {
  return error instanceof ConnectionError && error.phase === 'channel';
}

function reasonOf(host: Host, error: unknown): string {
  const why = error instanceof NoProgramsError && error.why !== undefined ? ` (${error.why})` : '';
  return `${host.name} runs none of Trainyard's programs${why}`;
}

/** @returns `undefined` where there is no SFTP */
async function storeOf(host: Host, signal: AbortSignal): Promise<HostStore | undefined> {
  try {
    return await host.store?.(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConnectionError && !isRefusal(error)) throw error;
    return undefined;
  }
}

/** Whatever waits for an answer fails with the signal, so the work ends at once, and only then this. */
async function untilAborted<T>(store: HostStore, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const onAbort = (): void => store.dispose();
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    store.dispose();
  }
}
