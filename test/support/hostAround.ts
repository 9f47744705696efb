import type { Host, HostProcess, Program } from '../../src/remote/host.js';
import type { HostFiles } from '../../src/remote/hostFiles.js';

/** A machine with something about it that is not as usual: what that is, whoever extends this says. */
export abstract class HostAround implements Host {
  protected readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  get name(): string {
    return this.host.name;
  }

  get kind(): Host['kind'] {
    return this.host.kind;
  }

  get root(): string {
    return this.host.root;
  }

  get roundTripMs(): number | undefined {
    return this.host.roundTripMs;
  }

  async reached(signal: AbortSignal): Promise<void> {
    await this.host.reached?.(signal);
  }

  python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    return this.host.python(program, signal);
  }

  files(signal: AbortSignal): Promise<HostFiles> {
    return this.host.files(signal);
  }

  dispose(): void {
    this.host.dispose();
  }
}
