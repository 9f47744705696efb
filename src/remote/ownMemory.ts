/** Not in Node 20: https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/ArrayBuffer/transfer */
type Transferable = ArrayBuffer & { transfer?(byteLength: number): ArrayBuffer };

/** For less, the call costs more than it spares. */
const leastBytes = 8 * 1024;
/** What ssh2 has around the content of a packet: header, and padding up to 255 bytes. */
const mostAroundContent = 300;

/**
 * Frees memory that nobody uses any more, at once. Left to V8, what ssh2 makes of each packet of 32 KB had it look through
 * the whole heap every 50 ms of a transfer, since such memory counts as if it were there: a seventh of the time (measured).
 * Where Node cannot, V8 does it.
 */
export function free(memory: ArrayBuffer): void {
  if (memory.byteLength >= leastBytes) (memory as Transferable).transfer?.(0);
}

/** Where content ends in memory that holds nothing else. */
const ends = new WeakMap<ArrayBuffer, number>();

/** Notes of content that ssh2 hands on whether it is alone in its memory, as that of a packet is which came whole. */
export function noteContent({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isAlone = byteLength >= leastBytes && buffer.byteLength - byteLength <= mostAroundContent;
  if (isAlone && buffer instanceof ArrayBuffer) ends.set(buffer, byteOffset + byteLength);
}

/**
 * Frees the memory of content that was noted, if the bytes are the last of it. For whoever used all of it from its beginning
 * to here: nobody can read it any more.
 */
export function freeUpTo({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && ends.get(buffer) === byteOffset + byteLength) free(buffer);
}
