// Takes the place of @vscode/spdlog in our copy of code-server: a log file written by Node itself. The original
// is a native module, which would have to be compiled; without one, VS Code shows every output channel empty.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const levels = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

export class Logger {
  #file;
  #lowest = levels.indexOf('info');
  #isRaw = false;

  constructor(_type, _name, file) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, '');
  }

  trace(message) {
    this.#write(0, message);
  }
  debug(message) {
    this.#write(1, message);
  }
  info(message) {
    this.#write(2, message);
  }
  warn(message) {
    this.#write(3, message);
  }
  error(message) {
    this.#write(4, message);
  }
  critical(message) {
    this.#write(5, message);
  }

  getLevel() {
    return this.#lowest;
  }
  setLevel(level) {
    this.#lowest = level;
  }

  /** Output channels bring their own line ends and want nothing before them. */
  clearFormatters() {
    this.#isRaw = true;
  }
  setPattern() {}
  flush() {}
  drop() {}

  #write(level, message) {
    if (level < this.#lowest) return;
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    appendFileSync(this.#file, this.#isRaw ? message : `${time} [${levels[level]}] ${message}\n`);
  }
}

export const version = 0;
export function setLevel() {}
export function setFlushOn() {}

export async function createRotatingLogger(name, file) {
  return new Logger('rotating', name, file);
}
export async function createAsyncRotatingLogger(name, file) {
  return new Logger('rotating_async', name, file);
}
