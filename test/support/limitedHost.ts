import type { Host, HostProcess, Program } from '../../src/remote/host.js';
import type { HostFiles } from '../../src/remote/hostFiles.js';

/** A machine where no file grows beyond some bytes: writing fails half-way, as on a disk that fills up. */
export class LimitedHost implements Host {
  readonly #host: Host;
  readonly #largestFileBytes: number;

  constructor(host: Host, largestFileBytes: number) {
    this.#host = host;
    this.#largestFileBytes = largestFileBytes;
  }

  get name(): string {
    return this.#host.name;
  }

  get kind(): Host['kind'] {
    return this.#host.kind;
  }

  get root(): string {
    return this.#host.root;
  }

  python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const limits = `(${this.#largestFileBytes}, ${this.#largestFileBytes})`;
    const source = `import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ${limits})\n${program.source}`;
    return this.#host.python({ ...program, source }, signal);
  }

  files(signal: AbortSignal): Promise<HostFiles> {
    return this.#host.files(signal);
  }

  dispose(): void {
    this.#host.dispose();
  }
}
