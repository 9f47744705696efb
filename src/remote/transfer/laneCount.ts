/** What a channel carries in a round trip. */
const windowBytes = 2 * 1024 * 1024;
/** A line loses less of its speed to these than to more (measured at 100 Mbit/s). */
const fewestBusy = 4;

/** Less than this goes over one stream. */
export const wideFromBytes = 8 * 1024 * 1024;

/**
 * How many streams a large transfer is divided over. A channel carries a window of 2 MB in a round trip; on a local
 * network more of them cost more than they bring, and far away each begins slowly, as TCP does (measured).
 */
export function laneCount(roundTripMs: number): number {
  if (roundTripMs < 20) return 1;
  if (roundTripMs < 40) return 2;
  return roundTripMs < 100 ? 8 : 12;
}

/** How many of them a line keeps busy that carries so much, with room to show that it is faster. */
export function busyLanes(bytesPerSecond: number, roundTripMs: number): number {
  const inFlightBytes = (bytesPerSecond * roundTripMs) / 1000;
  return Math.max(fewestBusy, Math.ceil(inFlightBytes / (windowBytes / 2)));
}
