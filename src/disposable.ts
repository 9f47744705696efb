/** Anything with an owner who ends it. `vscode.Disposable` fits without being imported. */
export interface Disposable {
  dispose(): void;
}

/** Owns things and ends them in reverse order. What arrives after the end is ended at once. */
export class DisposableStore implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  get isDisposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const item of [...this.#items].reverse()) item.dispose();
    this.#items.clear();
  }
}

export type Listener<T> = (value: T) => void;

/** A list of listeners; `on` returns what ends the listening. */
export class Signal<T> implements Disposable {
  readonly #listeners = new Set<Listener<T>>();

  on(listener: Listener<T>): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
