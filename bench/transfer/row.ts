import type { Bed } from './bed.js';

/** One line of the table. */
export interface Row {
  /** What picks it on the command line. */
  readonly name: string;
  readonly what: string;
  /** What ours is measured against; in words for the table. */
  readonly against: string;
  /** The budget: of the ratio, or of ours alone in its unit. Without one it is there to compare with. */
  readonly atMost: number | undefined;
  readonly unit: 'ratio' | 'ms' | 'MB' | 'losses';
  /** What a reader must know of how it was measured. */
  readonly note?: string;
  readonly measure: (bed: Bed, rounds: number) => Promise<Outcome>;
}

/** What was measured, in milliseconds; or ours alone, in the row's unit. */
export interface Outcome {
  readonly ours: readonly number[];
  readonly peer?: readonly number[];
}

/** Something that is measured: does its work and says how long that took, without what was before and after. */
export type Contender = () => Promise<number>;

/** Both in turn, the other one first in every second round, after one round that does not count. */
export async function inTurn(rounds: number, ours: Contender, peer: Contender): Promise<Outcome> {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const turns = [
      async () => times.ours.push(await ours()),
      async () => times.peer.push(await peer()),
    ] as const;
    const [first, second] = round % 2 === 0 ? turns : [turns[1], turns[0]];
    await first();
    await second();
  }
  return { ours: times.ours.slice(1), peer: times.peer.slice(1) };
}

export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The median of the rounds' ratios, or of ours where it has no peer. */
export function result({ ours, peer }: Outcome): number {
  if (peer === undefined) return median(ours);
  return median(ours.map((value, round) => value / (peer[round] ?? Number.NaN)));
}
