import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { hasCode, messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { BytePath } from './bytePath.js';
import { type FileVersion, isSameVersion } from './fileVersion.js';

/**
 * A file younger than this when it was read may change once more without its times showing it (the clock of file
 * systems ticks in milliseconds, FAT's in two seconds), so its hash is not remembered.
 */
const settledAfterNs = 2_000_000_000n;

const lineSchema = v.tuple([v.string(), v.number(), v.string(), v.string(), v.string(), v.string()]);

interface KnownHash {
  readonly version: FileVersion;
  readonly sha256: string;
}

/** Remembers the sha256 of a folder's files, so that what has not changed is not read again. Losing it costs time only. */
export class HashCache {
  readonly #file: string;
  readonly #log: Logger;
  readonly #known: Map<BytePath, KnownHash>;
  readonly #kept = new Map<BytePath, KnownHash>();

  private constructor(file: string, known: Map<BytePath, KnownHash>, log: Logger) {
    this.#file = file;
    this.#known = known;
    this.#log = log;
  }

  /** @param dir where caches are kept; @param folder absolute path of the folder this one is for */
  static async open(dir: string, folder: string, log: Logger): Promise<HashCache> {
    const name = createHash('sha256').update(folder).digest('hex').slice(0, 32);
    const file = join(dir, 'hashes', `${name}.jsonl`);
    return new HashCache(file, await readKnown(file, log), log);
  }

  find(path: BytePath, version: FileVersion): string | undefined {
    const known = this.#kept.get(path) ?? this.#known.get(path);
    if (known === undefined || !isSameVersion(known.version, version)) return undefined;
    this.#kept.set(path, known);
    return known.sha256;
  }

  /** @param readAtMs when the reading began, as `Date.now()` */
  remember(path: BytePath, version: FileVersion, sha256: string, readAtMs: number): void {
    const readAtNs = BigInt(readAtMs) * 1_000_000n;
    if (readAtNs - version.mtimeNs < settledAfterNs) return;
    this.#kept.set(path, { version, sha256 });
  }

  /** The machine found other content than the remembered one: read it again. */
  forget(path: BytePath): void {
    this.#known.delete(path);
    this.#kept.delete(path);
  }

  /** Writes down what was found or remembered since opening; a failure is only logged. */
  async save(): Promise<void> {
    const lines = [...this.#kept].map(([path, { version, sha256 }]) =>
      JSON.stringify([
        path,
        version.sizeBytes,
        String(version.mtimeNs),
        String(version.ctimeNs),
        String(version.inode),
        sha256,
      ]),
    );
    const unfinished = `${this.#file}.${process.pid}.new`;
    try {
      await mkdir(join(this.#file, '..'), { recursive: true });
      await writeFile(unfinished, lines.map((line) => `${line}\n`).join(''));
      await rename(unfinished, this.#file);
    } catch (error) {
      this.#log.warn(`hash cache save → ${messageOf(error)}`);
    }
  }
}

async function readKnown(file: string, log: Logger): Promise<Map<BytePath, KnownHash>> {
  const known = new Map<BytePath, KnownHash>();
  try {
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line === '') continue;
      const [path, sizeBytes, mtimeNs, ctimeNs, inode, sha256] = v.parse(lineSchema, JSON.parse(line));
      const version = {
        sizeBytes,
        mtimeNs: BigInt(mtimeNs),
        ctimeNs: BigInt(ctimeNs),
        inode: BigInt(inode),
      };
      known.set(path, { version, sha256 });
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) log.warn(`hash cache read ${file} → ${messageOf(error)}`);
  }
  return known;
}
