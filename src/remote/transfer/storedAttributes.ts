import type { StoredAttributes } from '../hostStore.js';

const largestSeconds = 2 ** 32 - 1;

/** What an entry's permissions and time come to be there: SFTP knows whole seconds from 1970 to 2106. */
export function attributesOf({ mode, mtimeNs }: { mode: number; mtimeNs: bigint }): StoredAttributes {
  const seconds = Number(mtimeNs / 1_000_000_000n);
  return { mode, modifiedSeconds: Math.min(largestSeconds, Math.max(0, seconds)) };
}
