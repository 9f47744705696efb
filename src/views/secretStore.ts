import type * as vscode from 'vscode';
import { DisposableStore, Signal, type Disposable } from '../disposable.js';

/**
 * The keys of the user's accounts, by the name of their environment variable, in VS Code's own secret storage. What was
 * read is remembered until it changes, in this window or another one.
 */
export class SecretStore implements Disposable {
  /** The name of a key that was set or removed. */
  readonly onDidChange = new Signal<string>();
  readonly #storage: vscode.SecretStorage;
  readonly #known = new Map<string, Thenable<string | undefined>>();
  readonly #own = new DisposableStore();

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
    this.#own.add(this.onDidChange);
    this.#own.add(
      storage.onDidChange(({ key }) => {
        if (!key.startsWith(prefix)) return;
        const name = key.slice(prefix.length);
        this.#known.delete(name);
        this.onDidChange.fire(name);
      }),
    );
  }

  async get(name: string): Promise<string | undefined> {
    const known = this.#known.get(name) ?? this.#storage.get(prefix + name);
    this.#known.set(name, known);
    try {
      return await known;
    } catch (error) {
      this.#known.delete(name);
      throw error;
    }
  }

  async set(name: string, value: string): Promise<void> {
    await this.#storage.store(prefix + name, value);
    this.#known.delete(name);
  }

  async remove(name: string): Promise<void> {
    await this.#storage.delete(prefix + name);
    this.#known.delete(name);
  }

  dispose(): void {
    this.#own.dispose();
  }
}

const prefix = 'trainyard.secret.';
