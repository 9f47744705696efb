import { posix } from 'node:path';
import type { SFTPWrapper, Stats } from 'ssh2';
import * as v from 'valibot';
import type { HostStore, StoredAttributes, StoredEntry, StoredFile } from '../hostStore.js';
import { NotSupported, SftpRequests } from './sftpRequests.js';

const openToWriteFlags = 0x02 | 0x08; // SSH_FXF_WRITE, SSH_FXF_CREAT
/** The most that every server takes in one request. */
const requestBytes = 32 * 1024;
/** What is on its way is nobody else's business. */
const modeOnTheWay = 0o600;

/** The files of a machine to be read and written by SFTP, over a connection of ours. */
export class SftpStore implements HostStore {
  readonly #requests: SftpRequests;

  /** @param machine what a person calls it */
  constructor(sftp: SFTPWrapper, machine: string) {
    this.#requests = new SftpRequests(sftp, machine);
  }

  absolute(path: string): Promise<string> {
    return this.#requests.absolute(path);
  }

  real(path: string): Promise<string> {
    return this.#requests.ask<string>(path, (sftp, answered) => sftp.realpath(path, answered));
  }

  async list(folder: string): Promise<readonly StoredEntry[]> {
    const entries = await this.#requests.ask<{ filename: string; attrs: Stats }[]>(folder, (sftp, answered) =>
      sftp.readdir(folder, answered),
    );
    return entries
      .filter(({ filename }) => filename !== '.' && filename !== '..')
      .map(({ filename, attrs }) => toEntry(filename, attrs));
  }

  async look(path: string): Promise<StoredEntry> {
    const found = await this.#requests.ask<Stats>(path, (sftp, answered) => sftp.stat(path, answered));
    return toEntry(posix.basename(path), found);
  }

  target(link: string): Promise<string> {
    return this.#requests.ask<string>(link, (sftp, answered) => sftp.readlink(link, answered));
  }

  async openToRead(path: string): Promise<StoredFile> {
    const handle = await this.#requests.ask<Buffer>(path, (sftp, answered) => sftp.open(path, 'r', answered));
    return new SftpFile(this.#requests, path, handle);
  }

  async openToWrite(path: string): Promise<StoredFile> {
    const handle = await this.#requests.ask<Buffer>(path, (sftp, answered) =>
      sftp.open(path, openToWriteFlags, modeOnTheWay, answered),
    );
    return new SftpFile(this.#requests, path, handle);
  }

  makeFolder(path: string): Promise<void> {
    return this.#requests.demand(path, (sftp, answered) => sftp.mkdir(path, answered));
  }

  makeLink(path: string, target: string): Promise<void> {
    return this.#requests.demand(path, (sftp, answered) => sftp.symlink(target, path, answered));
  }

  /** The protocol's own rename refuses a name that is taken, so without OpenSSH's the one that has it goes first. */
  async rename(from: string, to: string): Promise<void> {
    const rename = (): Promise<void> =>
      this.#requests.demand(to, (sftp, answered) => sftp.rename(from, to, answered));
    try {
      await this.#requests.demand(to, (sftp, answered) => sftp.ext_openssh_rename(from, to, answered));
    } catch (error) {
      if (!(error instanceof NotSupported)) throw error;
      await this.remove(to).catch(() => undefined); // it may not be there; else the rename says so
      await rename();
    }
  }

  setAttributes(path: string, attributes: Partial<StoredAttributes>): Promise<void> {
    return this.#requests.demand(path, (sftp, answered) => sftp.setstat(path, toWire(attributes), answered));
  }

  remove(path: string): Promise<void> {
    return this.#requests.demand(path, (sftp, answered) => sftp.unlink(path, answered));
  }

  removeFolder(path: string): Promise<void> {
    return this.#requests.demand(path, (sftp, answered) => sftp.rmdir(path, answered));
  }

  async freeBytes(folder: string): Promise<number | undefined> {
    try {
      const disk = await this.#requests.ask<unknown>(folder, (sftp, answered) =>
        sftp.ext_openssh_statvfs(folder, answered),
      );
      return freeBytesOf(disk);
    } catch (error) {
      if (error instanceof NotSupported) return undefined;
      throw error;
    }
  }

  dispose(): void {
    this.#requests.dispose();
  }
}

class SftpFile implements StoredFile {
  readonly #requests: SftpRequests;
  readonly #path: string;
  readonly #handle: Buffer;

  constructor(requests: SftpRequests, path: string, handle: Buffer) {
    this.#requests = requests;
    this.#path = path;
    this.#handle = handle;
  }

  async look(): Promise<StoredEntry> {
    const found = await this.#requests.ask<Stats>(this.#path, (sftp, answered) =>
      sftp.fstat(this.#handle, answered),
    );
    return toEntry(posix.basename(this.#path), found);
  }

  async read(target: Buffer, position: number): Promise<number> {
    let filled = 0;
    for (const { wanted, got } of await Promise.all(
      piecesOf(target).map(async ({ start, piece }) => ({
        wanted: piece.length,
        got: await this.#readPiece(piece, position + start),
      })),
    )) {
      filled += got;
      if (got < wanted) break;
    }
    return filled;
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    await Promise.all(
      piecesOf(bytes).map(({ start, piece }) =>
        this.#requests.demand(this.#path, (sftp, answered) =>
          sftp.write(this.#handle, piece, 0, piece.length, position + start, answered),
        ),
      ),
    );
  }

  /** A server may answer with less than there is. */
  async #readPiece(target: Buffer, position: number): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const read = await this.#requests.ask<number>(this.#path, (sftp, answered) =>
        sftp.read(this.#handle, target, filled, target.length - filled, position + filled, answered),
      );
      if (read === 0) break;
      filled += read;
    }
    return filled;
  }

  setAttributes(attributes: StoredAttributes): Promise<void> {
    return this.#requests.demand(this.#path, (sftp, answered) =>
      sftp.fsetstat(this.#handle, toWire(attributes), answered),
    );
  }

  close(): Promise<void> {
    return this.#requests.demand(this.#path, (sftp, answered) => sftp.close(this.#handle, answered));
  }
}

function piecesOf(bytes: Buffer): { readonly start: number; readonly piece: Buffer }[] {
  const count = Math.ceil(bytes.length / requestBytes);
  return Array.from({ length: count }, (_, index) => {
    const start = index * requestBytes;
    return { start, piece: bytes.subarray(start, start + requestBytes) };
  });
}

function toEntry(name: string, found: Stats): StoredEntry {
  return {
    name,
    kind: kindOf(found),
    bytes: found.size,
    attributes: { mode: found.mode & 0o777, modifiedSeconds: found.mtime },
  };
}

function kindOf(found: Stats): StoredEntry['kind'] {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}

/** The time of the last reading cannot be left out, and is nobody's concern. */
function toWire({ mode, modifiedSeconds }: Partial<StoredAttributes>): {
  mode?: number;
  atime?: number;
  mtime?: number;
} {
  return {
    ...(mode !== undefined && { mode }),
    ...(modifiedSeconds !== undefined && { atime: modifiedSeconds, mtime: modifiedSeconds }),
  };
}

/** By `statvfs@openssh.com`. */
const diskSchema = v.object({ f_frsize: v.number(), f_bavail: v.number() });

function freeBytesOf(disk: unknown): number | undefined {
  const parsed = v.safeParse(diskSchema, disk);
  return parsed.success ? parsed.output.f_frsize * parsed.output.f_bavail : undefined;
}
