import { Signal, type Disposable } from '../../disposable.js';
import type { Draft, TrainRequest } from '../../jobs/plan.js';
import type { Trainyard } from '../../trainyard.js';
import type { DatasetProblems } from '../datasetProblems.js';

interface Running {
  readonly key: string;
  readonly result: Promise<Draft>;
  readonly abort: AbortController;
}

/**
 * Checks a dataset while the user reads, and shows what is wrong in the Problems panel. The newest request wins; asking
 * the same again, for whatever machine, costs nothing.
 */
export class DatasetCheck implements Disposable {
  /** How far the present look is, 0..1. */
  readonly onDidProgress = new Signal<number>();
  readonly #engine: Trainyard;
  readonly #problems: DatasetProblems;
  #running: Running | undefined;

  constructor(engine: Trainyard, problems: DatasetProblems) {
    this.#engine = engine;
    this.#problems = problems;
  }

  /** @throws {InputError} what is wrong with the request */
  result(request: TrainRequest): Promise<Draft> {
    const { path, recipe, parameters } = request;
    const key = JSON.stringify([path, recipe, parameters]);
    if (this.#running?.key === key) return this.#running.result;
    this.forget();
    const abort = new AbortController();
    const result = this.#look(request, abort.signal);
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
    this.onDidProgress.dispose();
  }

  async #look(request: TrainRequest, signal: AbortSignal): Promise<Draft> {
    const draft = await this.#engine.draft(request, signal, (done, total) => {
      if (!signal.aborted) this.onDidProgress.fire(done / Math.max(1, total));
    });
    signal.throwIfAborted();
    await this.#problems.show(request, draft);
    return draft;
  }
}
