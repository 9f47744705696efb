import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const writtenAtOnceBytes = 1024 * 1024;
/** Of a character in UTF-8. */
const mostBytes = 3;
const lineFeed = 0x0a;

/**
 * A text file on its way: nobody sees it under its name before it is whole. Blocks while it writes. Lines become bytes at
 * once: as strings, thousands of them would be there whenever V8 looks for what is not used any more.
 */
export class LineSink {
  readonly #unfinished: string;
  readonly #sink: number;
  #isClosed = false;
  readonly #unwritten = Buffer.allocUnsafeSlow(writtenAtOnceBytes);
  #unwrittenBytes = 0;

  /**
   * @param file the name that it gets, or one beside it
   * @throws what opening and writing files throws; so do the others
   */
  constructor(file: string) {
    this.#unfinished = `${file}.${randomBytes(4).toString('hex')}.new`;
    mkdirSync(dirname(file), { recursive: true });
    this.#sink = openSync(this.#unfinished, 'w', 0o600);
  }

  write(line: string): void {
    if (this.#unwrittenBytes + line.length * mostBytes + 1 > writtenAtOnceBytes) this.flush();
    if (line.length * mostBytes + 1 > writtenAtOnceBytes) writeSync(this.#sink, `${line}\n`);
    else {
      this.#unwrittenBytes += this.#unwritten.write(line, this.#unwrittenBytes);
      this.#unwritten[this.#unwrittenBytes] = lineFeed;
      this.#unwrittenBytes += 1;
    }
  }

  finish(file: string): void {
    this.flush();
    this.#close();
    renameSync(this.#unfinished, file);
  }

  /** Hands what there is to the system. */
  flush(): void {
    for (let at = 0; at < this.#unwrittenBytes;)
      at += writeSync(this.#sink, this.#unwritten, at, this.#unwrittenBytes - at);
    this.#unwrittenBytes = 0;
  }

  /** Nothing of it stays, unless it is finished. */
  discard(): void {
    this.#close();
    rmSync(this.#unfinished, { force: true });
  }

  #close(): void {
    if (!this.#isClosed) closeSync(this.#sink);
    this.#isClosed = true;
  }
}
