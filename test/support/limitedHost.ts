import type { Host, HostProcess, Program } from '../../src/remote/host.js';
import { HostAround } from './hostAround.js';

/** A machine where no file grows beyond some bytes: writing fails half-way, as on a disk that fills up. */
export class LimitedHost extends HostAround {
  readonly #largestFileBytes: number;

  constructor(host: Host, largestFileBytes: number) {
    super(host);
    this.#largestFileBytes = largestFileBytes;
  }

  override python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const limits = `(${this.#largestFileBytes}, ${this.#largestFileBytes})`;
    const source = `import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ${limits})\n${program.source}`;
    return super.python({ ...program, source }, signal);
  }
}
