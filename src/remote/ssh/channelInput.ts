import { Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * The way into a channel. ssh2 swallows what is written after the other end went; here the writer is told, so that
 * a pipeline into it ends.
 */
export class ChannelInput extends Writable {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super();
    this.#channel = channel;
    // What the error says is told by `exit` as well, and not everyone who writes listens here.
    this.on('error', () => undefined);
    channel.on('error', (error: Error) => this.destroy(error));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (!this.#channel.writable) done(new Error('The program has ended and reads no more.'));
    else if (this.#channel.write(chunk)) done();
    else this.#channel.once('drain', done);
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }
}
