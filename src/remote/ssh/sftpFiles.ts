import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { SFTPWrapper, Stats } from 'ssh2';
import { ConnectionError, InputError, MachineError, messageOf, NotFoundError } from '../../errors.js';
import type { HostFile, HostFiles } from '../hostFiles.js';

/** Status codes of SFTP (draft-ietf-secsh-filexfer-02). */
const noSuchFile = 2;
const permissionDenied = 3;

type Answered<T> = (error: Error | undefined, value: T) => void;

/** The files of a machine by SFTP, over a connection of ours. */
export class SftpFiles implements HostFiles {
  readonly #sftp: SFTPWrapper;
  readonly #machine: string;
  #isOpen = true;

  /** @param machine what a person calls it */
  constructor(sftp: SFTPWrapper, machine: string) {
    this.#sftp = sftp;
    this.#machine = machine;
    sftp.once('close', () => (this.#isOpen = false));
    // Every request says for itself what went wrong.
    sftp.on('error', () => (this.#isOpen = false));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** SFTP begins in the home folder, and knows no `~`. */
  async absolute(path: string): Promise<string> {
    const inHome = /^~(?:\/|$)(.*)$/.exec(path)?.[1];
    if (inHome === undefined) return path;
    return posix.join(await this.#ask<string>('.', (answered) => this.#sftp.realpath('.', answered)), inHome);
  }

  async list(path: string): Promise<readonly HostFile[]> {
    const entries = await this.#ask<{ filename: string; attrs: Stats }[]>(path, (answered) =>
      this.#sftp.readdir(path, answered),
    );
    return Promise.all(
      entries
        .filter(({ filename }) => filename !== '.' && filename !== '..')
        .map(async ({ filename, attrs }) =>
          attrs.isSymbolicLink() ? this.look(posix.join(path, filename)) : toFile(filename, attrs, false),
        ),
    );
  }

  async look(path: string): Promise<HostFile> {
    const name = posix.basename(path);
    const link = await this.#ask<Stats>(path, (answered) => this.#sftp.lstat(path, answered));
    if (!link.isSymbolicLink()) return toFile(name, link, false);
    // A link that leads nowhere is still there.
    const target = await this.#ask<Stats>(path, (answered) => this.#sftp.stat(path, answered)).catch(
      () => link,
    );
    return toFile(name, target, true);
  }

  read(path: string): Readable {
    const stream = this.#sftp.createReadStream(path);
    const source: Readable = stream;
    return source;
  }

  dispose(): void {
    this.#isOpen = false;
    this.#sftp.end();
  }

  #ask<T>(path: string, request: (answered: Answered<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) throw this.#lostError(undefined);
      request((error, value) => {
        if (error) reject(this.#toError(path, error));
        else resolve(value);
      });
    });
  }

  #toError(path: string, cause: Error): Error {
    const code = 'code' in cause ? cause.code : undefined;
    if (code === noSuchFile) return new NotFoundError(`There is no ${path} on ${this.#machine}.`, { cause });
    if (code === permissionDenied) {
      return new InputError(`${path} on ${this.#machine} may not be read by whoever logs in there.`, {
        cause,
      });
    }
    return this.#isOpen
      ? new InputError(`${path} on ${this.#machine} cannot be read (${messageOf(cause)}).`, { cause })
      : this.#lostError(cause);
  }

  #lostError(cause: unknown): ConnectionError {
    return new ConnectionError(`The connection to the files of ${this.#machine} was lost.`, 'lost', {
      cause,
    });
  }
}

/** Why a server gives no files. @returns `undefined` where it refused a channel more, not SFTP as such */
export function noSftpError(machine: string, cause: Error): MachineError | undefined {
  // ssh2 knows a reason only of channels that were refused.
  if ('reason' in cause) return undefined;
  return new MachineError(
    `${machine} offers no SFTP, so its files cannot be shown (${messageOf(cause)}). Use a terminal there, or set Subsystem sftp internal-sftp in its sshd_config.`,
    { cause },
  );
}

function toFile(name: string, attributes: Stats, isLink: boolean): HostFile {
  return {
    name,
    kind: attributes.isDirectory() ? 'folder' : attributes.isFile() ? 'file' : 'other',
    isLink,
    bytes: attributes.size,
    modifiedMs: attributes.mtime * 1000,
  };
}
