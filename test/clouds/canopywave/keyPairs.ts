import { type Place, isAt } from './place.js';
import { Refusal } from './refusal.js';

export interface KeyPair extends Place {
  readonly name: string;
  readonly publicKey: string;
}

/** The registered keys of the account: by name, in each project and region apart. */
export class KeyPairs {
  readonly #all: KeyPair[] = [];

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name);
  }

  at(place: Place): readonly KeyPair[] {
    return this.#all.filter((key) => isAt(key, place));
  }

  find(place: Place, name: string): KeyPair | undefined {
    return this.at(place).find((key) => key.name === name);
  }

  /** @throws {Refusal} the name is taken, or the key is none */
  add(key: KeyPair): void {
    if (this.find(key, key.name) !== undefined)
      throw new Refusal(409, `Key pair '${key.name}' already exists.`);
    if (!/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+) [A-Za-z0-9+/]+=*( |$)/.test(key.publicKey))
      throw new Refusal(400, 'Keypair data is invalid');
    this.#all.push(key);
  }

  /** @throws {Refusal} there is none of that name */
  delete(place: Place, name: string): void {
    const key = this.find(place, name);
    if (key === undefined) throw new Refusal(404, `Keypair ${name} not found`);
    this.#all.splice(this.#all.indexOf(key), 1);
  }
}
