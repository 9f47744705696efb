import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Characters. More of them wait as thousands of strings, which V8 moves to where it rarely looks: tens of megabytes. */
const writtenAtOnce = 64 * 1024;

/** A text file on its way: nobody sees it under its name before it is whole. Blocks while it writes. */
export class LineSink {
  readonly #unfinished: string;
  readonly #sink: number;
  #isClosed = false;
  #unwritten = '';

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
    this.#unwritten += `${line}\n`;
    if (this.#unwritten.length >= writtenAtOnce) this.flush();
  }

  finish(file: string): void {
    this.flush();
    this.#close();
    renameSync(this.#unfinished, file);
  }

  /** Hands what there is to the system. */
  flush(): void {
    writeSync(this.#sink, this.#unwritten);
    this.#unwritten = '';
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
