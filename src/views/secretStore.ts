import type * as vscode from 'vscode';

/** The keys of the user's accounts, by the name of their environment variable, in VS Code's own secret storage. */
export class SecretStore {
  readonly #storage: vscode.SecretStorage;

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
  }

  async get(name: string): Promise<string | undefined> {
    return this.#storage.get(keyOf(name));
  }

  async set(name: string, value: string): Promise<void> {
    await this.#storage.store(keyOf(name), value);
  }
}

const keyOf = (name: string): string => `trainyard.secret.${name}`;
