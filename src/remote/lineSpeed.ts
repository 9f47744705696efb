import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { HealthInquiry } from './healthInquiry.js';

const pieceBytes = 64 * 1024;
const mostPieces = 64;
/** Pieces under way at a time: enough for a round trip of a second at the least speed, little to wait for at the end. */
const windowPieces = 4;
const pushMs = 2_000;
const mostBytesDown = 1024 * 1024;

const receivedSchema = v.object({ event: v.literal('received') });
const pieceSchema = v.object({ event: v.literal('piece'), data: v.string() });

/** How fast bytes go between here and a machine. */
export interface LineSpeed {
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
}

/** Pushes 4 MB or for two seconds, then takes 1 MB or less back. */
export async function measureLine(inquiry: HealthInquiry): Promise<LineSpeed> {
  const upBytesPerSecond = await measureUp(inquiry);
  return { upBytesPerSecond, downBytesPerSecond: await measureDown(inquiry, upBytesPerSecond) };
}

/** Pushes until enough went through or the time is over. No more than a window is ever left in the buffers of the way. */
async function measureUp(inquiry: HealthInquiry): Promise<number> {
  const piece = Buffer.concat([Buffer.from(`{"bytes":${pieceBytes}}\n`), randomBytes(pieceBytes)]);
  const begunMs = performance.now();
  const mayPush = (): boolean => performance.now() - begunMs < pushMs;
  let sent = 0;
  let received = 0;
  for (;;) {
    for (; sent - received < windowPieces && sent < mostPieces && mayPush(); sent += 1) inquiry.write(piece);
    if (received === sent) return bytesPerSecond(received, begunMs);
    await inquiry.next(receivedSchema);
    received += 1;
  }
}

/** Asks for a megabyte, or for as much less as a slow line makes in two seconds. */
async function measureDown(inquiry: HealthInquiry, upBytesPerSecond: number): Promise<number> {
  const pieces = Math.max(1, Math.round(Math.min(mostBytesDown, upBytesPerSecond * 2) / pieceBytes));
  const begunMs = performance.now();
  inquiry.write(Buffer.from(`{"pieces":${pieces}}\n`));
  for (let received = 0; received < pieces; received += 1) await inquiry.next(pieceSchema);
  return bytesPerSecond(pieces, begunMs);
}

const bytesPerSecond = (pieces: number, begunMs: number): number =>
  Math.round((pieces * pieceBytes * 1000) / Math.max(1, performance.now() - begunMs));
