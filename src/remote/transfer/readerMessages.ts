import type { BytePath } from './bytePath.js';

/** What to read and what is remembered of it. */
export interface ReadingRequest {
  readonly folder: string;
  readonly ignored: readonly string[];
  readonly ledgerFile: string;
  readonly sentFile: string;
  /** Whether the place keeps what it was left with, under its hash: then only what differs is told. */
  readonly keepsTrees: boolean;
  /** Whether it may have that still, as far as was found out. */
  readonly usesBase: boolean;
  /** Files whose remembered hash was found to be wrong. */
  readonly distrusted: readonly BytePath[];
}

/** What a thread for reading is told first: to read a folder, or to get ready for that. */
export interface ThreadRequest {
  readonly kind: 'prepare' | 'read';
  readonly reading: ReadingRequest;
}

/** What the machine says, as far as the reader must know. */
export type ReaderInput =
  /** The machine listens; whether it has nothing that could hold anything of the folder, and is far away. */
  | { readonly kind: 'greeted'; readonly isEmpty: boolean; readonly isFar?: boolean }
  /** Asked for it, the machine said that it does. */
  | { readonly kind: 'unpacksZstd' }
  | { readonly kind: 'answered'; readonly needed: readonly NeededFile[]; readonly late: readonly number[] }
  /** Every question is answered. */
  | { readonly kind: 'ready' }
  /**
   * Frames with so many bytes have been written, which came to so many on the line; with the memory of a large one, for
   * which nobody has a use any more.
   */
  | {
      readonly kind: 'taken';
      readonly bytes: number;
      readonly lineBytes: number;
      readonly memory: ArrayBuffer | undefined;
    }
  /** The machine has all of it: remember that. */
  | { readonly kind: 'done' }
  /** Nobody wants it any more: remember what was read. */
  | { readonly kind: 'stop' };

/** Index of an entry, and of a large file the runs of blocks that are missing: first block and count. */
export interface NeededFile {
  readonly index: number;
  readonly blocks?: readonly (readonly [number, number])[];
}

export type ReaderOutput =
  /** A frame for the program that holds the stage; these keep their order. */
  | { readonly kind: 'told'; readonly frame: Uint8Array }
  /** A frame that any lane may carry. */
  | {
      readonly kind: 'content';
      /** The frame, in the pieces it was made of. */
      readonly pieces: readonly Uint8Array[];
      /** Bytes of files in it. */
      readonly bytes: number;
      /** Files that it completes. */
      readonly files: number;
    }
  /** Files that the machine turned out to have. */
  | { readonly kind: 'found'; readonly files: number; readonly bytes: number }
  /** There is as much as this, and nothing is remembered of the place it goes to. */
  | { readonly kind: 'much'; readonly bytes: number }
  /** All that the folder holds; told only where there was time to count ahead. */
  | { readonly kind: 'counted'; readonly files: number; readonly bytes: number }
  /** A thread is as ready for a folder as it can be. */
  | { readonly kind: 'prepared' }
  /** All of the tree is told, and what was not asked for is sent. */
  | { readonly kind: 'tree'; readonly hash: string; readonly files: number; readonly bytes: number }
  /** What was needed is sent. */
  | { readonly kind: 'sent' }
  /** All is written down. */
  | { readonly kind: 'over' }
  | { readonly kind: 'log'; readonly message: string }
  | { readonly kind: 'failed'; readonly changed: BytePath | undefined; readonly message: string };
