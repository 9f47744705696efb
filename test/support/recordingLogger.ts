import type { Logger } from '../../src/logger.js';

/** Keeps every line, of whatever level. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];
  readonly trace = this.#keep.bind(this);
  readonly debug = this.#keep.bind(this);
  readonly info = this.#keep.bind(this);
  readonly warn = this.#keep.bind(this);
  readonly error = this.#keep.bind(this);

  #keep(line: string): void {
    this.lines.push(line);
  }
}
