import * as vscode from 'vscode';
import { DisposableStore } from '../disposable.js';
import { isAbort, messageOf, type ConnectionError } from '../errors.js';
import type { Machine } from '../jobs/machine.js';
import { retryConnection } from '../remote/backoff.js';
import type { Exit, HostShell, TerminalSize } from '../remote/host.js';

/** Until VS Code says how large the terminal is. */
const usualSize: TerminalSize = { columns: 80, rows: 24 };

/**
 * A login shell of a machine as a VS Code terminal; connecting and its failure are told inside the terminal. When the
 * connection is lost it comes back by itself with another shell: what ran in the old one went with it.
 * Owns the machine's connection, which ends with the terminal.
 */
export class HostTerminal implements vscode.Pseudoterminal {
  readonly #machine: Machine;
  readonly #place: string;
  readonly #own = new DisposableStore();
  readonly #writes = this.#own.add(new vscode.EventEmitter<string>());
  readonly #closes = this.#own.add(new vscode.EventEmitter<number | undefined>());
  readonly onDidWrite = this.#writes.event;
  readonly onDidClose = this.#closes.event;
  readonly #closing = new AbortController();
  readonly #decoder = new TextDecoder();
  #size = usualSize;
  #shell: HostShell | undefined;
  /**
   * Typed before there is a shell; it gets it first, as a terminal of this computer would. `null` after the first: what
   * was typed for a shell that is gone must not reach another one.
   */
  #typedAhead: string | null = '';

  constructor(machine: Machine, place: string) {
    this.#machine = machine;
    this.#place = place;
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.#size = dimensions;
    void this.#stay();
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.#size = dimensions;
    this.#shell?.resize(dimensions);
  }

  handleInput(data: string): void {
    if (this.#shell) this.#shell.input.write(data);
    else if (this.#typedAhead !== null) this.#typedAhead += data;
  }

  close(): void {
    this.#closing.abort();
    this.#shell?.kill();
    this.#machine.dispose();
    this.#own.dispose();
  }

  /** One shell after the other, until one was left or the machine is gone. */
  async #stay(): Promise<void> {
    try {
      await retryConnection(() => this.#connect(), {
        signal: this.#closing.signal,
        onRetry: (error, delayMs) => this.#tellRetry(error, delayMs),
      });
    } catch (error) {
      if (!isAbort(error)) this.#say(messageOf(error));
    }
  }

  #tellRetry(error: ConnectionError, delayMs: number): void {
    this.#say(error.message);
    this.#say(
      vscode.l10n.t('Trying again in {0} s. Close the terminal to give up.', Math.ceil(delayMs / 1000)),
    );
    // A rented machine may answer elsewhere by then.
    this.#machine.dispose();
  }

  /** @throws {ConnectionError} the machine cannot be reached, or the connection was lost */
  async #connect(): Promise<void> {
    this.#say(vscode.l10n.t('Connecting to {0}…', this.#place));
    const host = await this.#machine.host(this.#closing.signal);
    const shell = await host.shell?.(this.#size, this.#closing.signal);
    if (!shell) this.#say(vscode.l10n.t('{0} offers no shell.', this.#place));
    else await this.#run(shell);
  }

  async #run(shell: HostShell): Promise<void> {
    this.#shell = shell;
    if (this.#closing.signal.aborted) shell.kill();
    shell.resize(this.#size);
    if (this.#typedAhead) shell.input.write(this.#typedAhead);
    this.#typedAhead = null;
    shell.output.on('data', (bytes: Uint8Array) => {
      this.#writes.fire(this.#decoder.decode(bytes, { stream: true }));
    });
    const exit = await shell.exit;
    this.#shell = undefined;
    this.#end(exit);
  }

  /** A shell that was left closes its terminal. @throws {ConnectionError} it went with the connection */
  #end(exit: Exit): void {
    switch (exit.kind) {
      case 'code':
        this.#closes.fire(exit.code);
        break;
      case 'signal':
        this.#say(vscode.l10n.t('The shell was ended by {0}.', exit.signal));
        break;
      case 'lost':
        this.#say('');
        throw exit.error;
      default:
        exit satisfies never;
    }
  }

  #say(message: string): void {
    this.#writes.fire(`${message}\r\n`);
  }
}
