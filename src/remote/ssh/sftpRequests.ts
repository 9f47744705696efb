import { posix } from 'node:path';
import type { Callback, SFTPWrapper } from 'ssh2';
import { ConnectionError, InputError, messageOf, NotFoundError } from '../../errors.js';

/** Status codes of SFTP (draft-ietf-secsh-filexfer-02). */
const noSuchFile = 2;
const permissionDenied = 3;
const notSupported = 8;

type Answered<T> = (error: Error | undefined, value: T) => void;

/** The server does not know this request. */
export class NotSupported extends InputError {}

/** Questions to an SFTP server, each answered once: also when the connection is lost, or we end it. */
export class SftpRequests {
  readonly #sftp: SFTPWrapper;
  readonly #machine: string;
  readonly #pending = new Set<(error: Error) => void>();
  #isOpen = true;

  /** @param machine what a person calls it */
  constructor(sftp: SFTPWrapper, machine: string) {
    this.#sftp = sftp;
    this.#machine = machine;
    sftp.once('close', () => this.#end());
    // Every request says for itself what went wrong.
    sftp.on('error', () => (this.#isOpen = false));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * @param path what is asked about, for the sentence when it fails
   * @throws {NotFoundError | NotSupported | InputError | ConnectionError}
   */
  ask<T>(path: string, request: (sftp: SFTPWrapper, answered: Answered<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) throw this.#lostError(undefined);
      this.#pending.add(reject);
      const answered: Answered<T> = (error, value) => {
        this.#pending.delete(reject);
        if (error) reject(this.#toError(path, error));
        else resolve(value);
      };
      try {
        request(this.#sftp, answered);
      } catch (cause) {
        // ssh2 throws at what the server did not name when the session began.
        this.#pending.delete(reject);
        reject(this.#notSupported(path, cause));
      }
    });
  }

  /** The same where no more than a yes is to be answered. */
  async demand(path: string, request: (sftp: SFTPWrapper, answered: Callback) => void): Promise<void> {
    await this.ask<undefined>(path, (sftp, answered) =>
      request(sftp, (error) => answered(error ?? undefined, undefined)),
    );
  }

  /** The absolute path of one that begins with `~/`: SFTP begins in the home folder, and knows no `~`. */
  async absolute(path: string): Promise<string> {
    const inHome = /^~(?:\/|$)(.*)$/s.exec(path)?.[1];
    if (inHome === undefined) return path;
    return posix.join(await this.ask<string>('.', (sftp, answered) => sftp.realpath('.', answered)), inHome);
  }

  dispose(): void {
    this.#end();
    this.#sftp.end();
  }

  #end(): void {
    this.#isOpen = false;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(this.#lostError(undefined));
  }

  #toError(path: string, cause: Error): Error {
    const code = 'code' in cause ? cause.code : undefined;
    if (code === noSuchFile) return new NotFoundError(`There is no ${path} on ${this.#machine}.`, { cause });
    if (code === permissionDenied) {
      return new InputError(
        `${path} on ${this.#machine} is closed to whoever logs in there; change its permissions, or name another place.`,
        { cause },
      );
    }
    if (code === notSupported) return this.#notSupported(path, cause);
    // A server answers with a code; what has none never came from it.
    if (!this.#isOpen || code === undefined) return this.#lostError(cause);
    return new InputError(`${path} on ${this.#machine} cannot be read or written (${messageOf(cause)}).`, {
      cause,
    });
  }

  #notSupported(path: string, cause: unknown): NotSupported {
    return new NotSupported(
      `The SFTP server of ${this.#machine} cannot do what ${path} takes (${messageOf(cause)}).`,
      { cause },
    );
  }

  #lostError(cause: unknown): ConnectionError {
    return new ConnectionError(`The connection to the files of ${this.#machine} was lost.`, 'lost', {
      cause,
    });
  }
}
