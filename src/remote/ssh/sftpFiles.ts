import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { SFTPWrapper, Stats } from 'ssh2';
import { MachineError, messageOf } from '../../errors.js';
import type { HostFile, HostFiles } from '../hostFiles.js';
import { SftpRequests } from './sftpRequests.js';

/** The files of a machine by SFTP, over a connection of ours. */
export class SftpFiles implements HostFiles {
  readonly #sftp: SFTPWrapper;
  readonly #requests: SftpRequests;

  /** @param machine what a person calls it */
  constructor(sftp: SFTPWrapper, machine: string) {
    this.#sftp = sftp;
    this.#requests = new SftpRequests(sftp, machine);
  }

  get isOpen(): boolean {
    return this.#requests.isOpen;
  }

  absolute(path: string): Promise<string> {
    return this.#requests.absolute(path);
  }

  async list(path: string): Promise<readonly HostFile[]> {
    const entries = await this.#requests.ask<{ filename: string; attrs: Stats }[]>(path, (sftp, answered) =>
      sftp.readdir(path, answered),
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
    const link = await this.#requests.ask<Stats>(path, (sftp, answered) => sftp.lstat(path, answered));
    if (!link.isSymbolicLink()) return toFile(name, link, false);
    // A link that leads nowhere is still there.
    const target = await this.#requests
      .ask<Stats>(path, (sftp, answered) => sftp.stat(path, answered))
      .catch(() => link);
    return toFile(name, target, true);
  }

  read(path: string): Readable {
    const stream = this.#sftp.createReadStream(path);
    const source: Readable = stream;
    return source;
  }

  dispose(): void {
    this.#requests.dispose();
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
