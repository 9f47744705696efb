import type { Disposable } from '../../disposable.js';
import type { Draft, TrainRequest } from '../../jobs/plan.js';
import type { Trainyard } from '../../trainyard.js';

/** Checks a dataset while the user reads. The newest request wins; asking the same again costs nothing. */
export class DatasetCheck implements Disposable {
  readonly #engine: Trainyard;
  #running:
    { readonly key: string; readonly result: Promise<Draft>; readonly abort: AbortController } | undefined;

  constructor(engine: Trainyard) {
    this.#engine = engine;
  }

  /** @throws {InputError} what is wrong with the request */
  result(request: TrainRequest): Promise<Draft> {
    const key = JSON.stringify(request);
    if (this.#running?.key === key) return this.#running.result;
    this.forget();
    const abort = new AbortController();
    const result = this.#engine.draft(request, abort.signal);
    // Somebody asks for the result later, or nobody does any more.
    result.catch(() => undefined);
    this.#running = { key, result, abort };
    return result;
  }

  /** The dataset may have changed: the next request is looked at anew. */
  forget(): void {
    this.#running?.abort.abort();
    this.#running = undefined;
  }

  dispose(): void {
    this.forget();
  }
}
