import { Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * The way into a channel: what is written is called done once ssh2 has put it into packets. ssh2 swallows what is written
 * after the other end went; here the writer is told, so that a pipeline into it ends.
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
    if (this.#channel.writable) this.#channel.write(chunk, (error) => done(error ?? undefined));
    else done(new Error('The program has ended and reads no more.'));
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }
}
