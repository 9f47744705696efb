import type { MessagePort } from 'node:worker_threads';
import type { ReaderOutput } from './readerMessages.js';

/** How a reader tells what it reads to whoever listens at the other end of the port. */
export type TellOutput = (output: ReaderOutput, transfer?: ArrayBuffer) => void;

/** @param transfer of the function that is returned: memory that goes along, and is no longer the caller's */
export function outputThrough(port: MessagePort): TellOutput {
  return (output, transfer) => port.postMessage(output, transfer === undefined ? [] : [transfer]);
}
