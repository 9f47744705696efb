import type { ClientChannel } from 'ssh2';
import type { Disposable } from '../../disposable.js';
import type { ConnectionError } from '../../errors.js';
import { ChannelInput } from './channelInput.js';
import { ChannelOutput } from './channelOutput.js';
import type { Exit, HostProcess, HostShell } from '../host.js';
import { OutputTail } from '../outputTail.js';

/** What a channel must know of the connection it runs through. */
export interface ChannelOwner {
  /** Calls back once when the connection is lost. */
  onLost(listener: (error: ConnectionError) => void): Disposable;
  /** For a channel that closed without a word while the connection holds. */
  readonly vanished: () => ConnectionError;
}

export function channelProcess(channel: ClientChannel, owner: ChannelOwner): HostProcess {
  const running = new RunningChannel(channel, owner);
  const stderr = new OutputTail(channel.stderr);
  return {
    stdin: running.input,
    stdout: running.output,
    exit: running.exit,
    stderrTail: () => stderr.toString(),
    kill: () => running.kill(),
  };
}

export function channelShell(channel: ClientChannel, owner: ChannelOwner): HostShell {
  const running = new RunningChannel(channel, owner);
  channel.stderr.resume();
  return {
    input: running.input,
    output: running.output,
    exit: running.exit,
    resize: ({ columns, rows }) => channel.setWindow(rows, columns, 0, 0),
    kill: () => running.kill(),
  };
}

/** One program at the other end of a channel. Made in the callback that brings the channel: nothing is missed. */
class RunningChannel {
  readonly input: ChannelInput;
  readonly output: ChannelOutput;
  readonly exit: Promise<Exit>;
  readonly #channel: ClientChannel;
  #resolve: (exit: Exit) => void = () => undefined;

  constructor(channel: ClientChannel, owner: ChannelOwner) {
    this.#channel = channel;
    this.input = new ChannelInput(channel);
    this.output = new ChannelOutput(channel);
    const ended = new Promise<Exit>((resolve) => (this.#resolve = resolve));
    const read = new Promise<void>((resolve) => this.output.once('close', resolve));
    this.exit = read.then(() => ended);

    let loss: ConnectionError | undefined;
    const losing = owner.onLost((error) => {
      loss = error;
      this.#stopTalking(error);
    });
    channel.once('exit', () => this.#stopTalking(programEnded()));
    channel.once('close', (code?: number | null, signal?: string) => {
      losing.dispose();
      this.#stopTalking(loss ?? programEnded());
      this.#resolve(toExit(code, signal) ?? { kind: 'lost', error: loss ?? owner.vanished() });
    });
  }

  /** Does not wait for the machine: where sshd passes no signals on (to root), the program just finds its pipes closed. */
  kill(): void {
    this.#channel.signal('TERM');
    this.#channel.close();
    this.output.finish();
    this.#stopTalking(programEnded());
    this.#resolve({ kind: 'signal', signal: 'SIGTERM' });
  }

  /** Tells the writer, and lets the rest of the output pass if nobody reads it. */
  #stopTalking(error: Error): void {
    this.input.destroy(error);
    setImmediate(() => {
      if (this.output.readableFlowing === null) this.output.resume();
    });
  }
}

function toExit(code: number | null | undefined, signal: string | undefined): Exit | undefined {
  if (typeof code === 'number') return { kind: 'code', code };
  return typeof signal === 'string' ? { kind: 'signal', signal } : undefined;
}

function programEnded(): Error {
  return new Error('The program has ended and reads no more.');
}
