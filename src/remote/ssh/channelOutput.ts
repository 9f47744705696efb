import { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { noteContent } from '../ownMemory.js';

/**
 * What a program at the other end of a channel writes. Apart from the channel, so that it can end (or be given up)
 * by itself.
 */
export class ChannelOutput extends Readable {
  readonly #channel: ClientChannel;
  #over = false;

  constructor(channel: ClientChannel) {
    super();
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      noteContent(chunk);
      if (!this.#over && !this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.finish());
  }

  /** Ends after what has come so far; what comes later is thrown away. Safe to repeat. */
  finish(): void {
    if (this.#over) return;
    this.#discardTheRest();
    this.push(null);
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#discardTheRest();
    done(error);
  }

  /** The channel must be read to its end, or it never closes. */
  #discardTheRest(): void {
    this.#over = true;
    this.#channel.resume();
  }
}
