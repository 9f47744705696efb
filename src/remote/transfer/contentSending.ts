import type { TellOutput } from './readerOutput.js';
import { memoryOf, SpareMemory } from './spareMemory.js';
import { Squeeze } from './squeeze.js';
import type { TreeFile } from './treeItem.js';
import type { WalkedFile } from './treeWalk.js';
import {
  blockBytes,
  blockHeaderBytes,
  packedFrame,
  slabBytes,
  slabHeader,
  zstdQuestionFrame,
} from './uploadFrames.js';
import { zstdPacking } from './zstdPacking.js';

/** Content that waits for a lane. */
export const mostWaitingBytes = 8 * blockBytes;

/** Hands on what is to be sent, packed where that pays, as fast as the line takes it. */
export class ContentSending {
  readonly #tell: TellOutput;
  readonly #until: (holds: () => boolean) => Promise<void>;
  readonly #wake: () => void;
  readonly #squeeze = new Squeeze(zstdPacking(), () => this.tellFrame(zstdQuestionFrame()));
  readonly #memory = new SpareMemory([slabBytes, blockHeaderBytes + blockBytes]);
  /** Read and not on the line yet; of that, what is being packed. */
  #untakenBytes = 0;
  #packingBytes = 0;

  /**
   * @param until resolves once something holds, which is looked at after each `wake`
   */
  constructor(tell: TellOutput, until: (holds: () => boolean) => Promise<void>, wake: () => void) {
    this.#tell = tell;
    this.#until = until;
    this.#wake = wake;
  }

  get untakenBytes(): number {
    return this.#untakenBytes;
  }

  get isPacking(): boolean {
    return this.#packingBytes > 0;
  }

  /** See {@link Squeeze}. */
  far(): void {
    this.#squeeze.far();
  }

  unpacksZstd(): void {
    this.#squeeze.unpacksZstd();
  }

  /** Frames with so many bytes have been written, which came to so many on the line; their memory is ours again. */
  taken(bytes: number, lineBytes: number, memory: ArrayBuffer | undefined): void {
    this.#untakenBytes -= bytes;
    this.giveBack(memory);
    if (this.#untakenBytes === this.#packingBytes) this.#squeeze.rested();
    else this.#squeeze.taken(lineBytes, performance.now());
  }

  /** Memory for what is read, which is the thread's own until it is sent. */
  take(bytes: number): Buffer {
    return this.#memory.take(bytes);
  }

  giveBack(memory: ArrayBuffer | undefined): void {
    this.#memory.giveBack(memory);
  }

  /** These keep their order. */
  tellFrame(frame: Uint8Array): void {
    this.#untakenBytes += frame.length;
    this.#tell({ kind: 'told', frame });
  }

  /** @param content of the files, one behind the other */
  async sendFiles(files: readonly TreeFile[], content: Buffer): Promise<void> {
    const header = slabHeader(files.map(({ entry, sha256 }) => ({ ...entry, sha256 })));
    await this.#send([header, content], content.length, files.length);
  }

  async sendBlock({ sizeBytes }: WalkedFile, offset: number, frame: Buffer): Promise<void> {
    const isLast = offset + blockBytes >= sizeBytes;
    await this.#send([frame], frame.length - blockHeaderBytes, isLast ? 1 : 0);
  }

  async #send(whole: readonly Buffer[], bytes: number, files: number): Promise<void> {
    const packing = this.#squeeze.pack(whole, this.#untakenBytes - this.#packingBytes);
    this.#untakenBytes += bytes;
    if (packing === undefined) this.#tellContent(whole, bytes, files);
    else {
      this.#packingBytes += bytes;
      const goOn = (pieces: readonly Buffer[]): void => {
        this.#packingBytes -= bytes;
        this.#tellContent(pieces, bytes, files);
        this.#wake();
      };
      packing.then(
        (packed) => {
          goOn([packedFrame(packed)]);
          this.giveBack(memoryOf(whole));
        },
        () => goOn(whole),
      );
    }
    await nextTurn();
    await this.#until(() => this.#untakenBytes <= mostWaitingBytes && !this.#squeeze.isFull);
  }

  #tellContent(pieces: readonly Buffer[], bytes: number, files: number): void {
    this.#tell({ kind: 'content', pieces, bytes, files }, memoryOf(pieces));
  }
}

/** Lets what was said to this thread be heard. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
