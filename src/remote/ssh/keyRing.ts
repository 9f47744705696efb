import { join } from 'node:path';
import type { ParsedKey } from 'ssh2';
import { AuthError, InputError, messageOf } from '../../errors.js';
import { abortable } from '../../abortable.js';
import { agentIdentities, agentSocket } from './agentKeys.js';
import type { SshEndpoint } from '../host.js';
import type { Identity, SignatureHash } from './identity.js';
import { type KeyFile, readKeyFile } from './keyFile.js';
import { SharedAttempt } from '../sharedAttempt.js';
import { loadSsh2 } from './ssh2.js';

const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const passphraseTries = 3;

/** Asks a person for the passphrase of a key; `undefined` when they do not want to say it. */
export type AskPassphrase = (keyFile: string, signal: AbortSignal) => Promise<string | undefined>;

export interface KeyRingOptions {
  /** The folder that holds `.ssh`. */
  readonly userHome: string;
  /** Says where the agent listens. */
  readonly env: NodeJS.ProcessEnv;
  /** Absent where nobody can be asked: then a locked key is not used. */
  readonly askPassphrase?: AskPassphrase;
}

/** What we have to log in to an endpoint with, in the order to offer it. */
export interface Identities {
  readonly offered: readonly Identity[];
  /** Keys that could not be offered, and why: `~/.ssh/id_rsa (…)`. */
  readonly unusable: readonly string[];
}

/** The user's keys. A key that was unlocked stays so for the life of the process, across connections. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  /** By content, so that a key file that was replaced is asked for again. */
  readonly #unlocked = new Map<string, ParsedKey>();
  readonly #unlocking = new Map<string, SharedAttempt<ParsedKey>>();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /**
   * The given key files first, then what the agent holds, then the usual files of `~/.ssh` where none was given.
   * @throws {InputError} a given key file is missing, unreadable or readable by others
   */
  async identitiesFor(endpoint: SshEndpoint, signal: AbortSignal): Promise<Identities> {
    const unusable: string[] = [];
    const agent = await this.#agentKeys(endpoint, unusable, signal);
    const given = endpoint.identityFiles.length > 0;
    const files: Identity[] = [];
    for (const path of given ? endpoint.identityFiles : this.#usualPaths()) {
      try {
        files.push(await this.#fileIdentity(await readKeyFile(path), agent, signal));
      } catch (error) {
        if (given || signal.aborted) throw error;
        if (!isMissing(error)) unusable.push(`${path} (${messageOf(error)})`);
      }
    }
    const others = endpoint.identitiesOnly ? [] : agent;
    return { offered: unique(given ? [...files, ...others] : [...others, ...files]), unusable };
  }

  #usualPaths(): string[] {
    return usualFiles.map((name) => join(this.#options.userHome, '.ssh', name));
  }

  async #agentKeys(endpoint: SshEndpoint, unusable: string[], signal: AbortSignal): Promise<Identity[]> {
    const socket = agentSocket(this.#options.env, endpoint.identityAgent);
    if (socket === undefined) return [];
    try {
      return await abortable(agentIdentities(socket), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      unusable.push(`the agent at ${socket} (${messageOf(error)})`);
      return [];
    }
  }

  /** Signs by the agent where that holds the key too, so that nobody is asked for its passphrase. */
  async #fileIdentity(file: KeyFile, agent: readonly Identity[], signal: AbortSignal): Promise<Identity> {
    const publicBlob = file.publicBlob ?? (await this.#unlock(file, signal)).getPublicSSH();
    const held = agent.find((identity) => identity.publicBlob.equals(publicBlob));
    if (held && file.encrypted && !this.#unlocked.has(file.text)) return held;
    return {
      name: file.path,
      publicBlob,
      sign: async (data, hash, signing) => signWith(await this.#unlock(file, signing), data, hash),
    };
  }

  async #unlock(file: KeyFile, signal: AbortSignal): Promise<ParsedKey> {
    const known = this.#unlocked.get(file.text);
    if (known) return known;
    let unlocking = this.#unlocking.get(file.text);
    if (!unlocking) {
      unlocking = new SharedAttempt((asking) => this.#open(file, asking));
      this.#unlocking.set(file.text, unlocking);
    }
    return unlocking.join(signal);
  }

  async #open(file: KeyFile, signal: AbortSignal): Promise<ParsedKey> {
    const key = file.encrypted ? await this.#openLocked(file, signal) : await parse(file, undefined);
    if (key instanceof Error)
      throw new InputError(
        `The key file ${file.path} is not a private key Trainyard can read (${key.message}). Convert it with \`ssh-keygen -p -f ${file.path}\`.`,
        { cause: key },
      );
    this.#unlocked.set(file.text, key);
    return key;
  }

  async #openLocked(file: KeyFile, signal: AbortSignal): Promise<ParsedKey> {
    const { askPassphrase } = this.#options;
    if (!askPassphrase)
      throw new AuthError(
        `The key ${file.path} needs a passphrase and nobody can be asked for it. Load the key with \`ssh-add ${file.path}\`.`,
      );
    for (let tries = 0; tries < passphraseTries; tries += 1) {
      const passphrase = await abortable(askPassphrase(file.path, signal), signal);
      if (passphrase === undefined) break;
      const key = await parse(file, passphrase);
      if (!(key instanceof Error)) return key;
    }
    throw new AuthError(
      `The key ${file.path} stays locked without its passphrase. Try again, or load it with \`ssh-add ${file.path}\`.`,
    );
  }
}

async function parse(file: KeyFile, passphrase: string | undefined): Promise<ParsedKey | Error> {
  const { utils } = await loadSsh2();
  const key = utils.parseKey(file.text, passphrase);
  if (key instanceof Error || key.isPrivateKey()) return key;
  return new Error('it holds the public half only');
}

function signWith(key: ParsedKey, data: Buffer, hash: SignatureHash | undefined): Buffer {
  const signature: Buffer | Error = key.sign(data, hash);
  if (signature instanceof Error) throw signature;
  return signature;
}

function unique(identities: readonly Identity[]): Identity[] {
  return identities.filter(
    ({ publicBlob }, index) => identities.findIndex((other) => other.publicBlob.equals(publicBlob)) === index,
  );
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof InputError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
