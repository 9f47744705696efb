/** File systems answer many at once faster than one after the other; more than this gains nothing. */
const workers = 64;

/** Visits every item, some at the same time, in about their order. Ends soon when aborted, or when a visit fails. */
export async function inParallel<T>(
  items: readonly T[],
  visit: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const rest = items.values();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    try {
      for (const item of rest) {
        if (hasFailed) return;
        signal.throwIfAborted();
        await visit(item);
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, work));
}
