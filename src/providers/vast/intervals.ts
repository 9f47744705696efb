import type { HttpFailure } from '../http.js';

/**
 * Vast.ai takes a call of one kind only so often, and says how often only when it refuses. The seconds are those of its
 * published description (api-reference/openapi.yaml); a fifth is added, because the clock that counts is theirs.
 */
const seconds = { search: 1, accept: 4.5, show: 2, list: 1, manage: 1, destroy: 3, ssh: 1 } as const;
const reserve = 1.2;

/** Least time between two calls of a lane, in ms. */
export const lanes: Readonly<Record<keyof typeof seconds, number>> = {
  search: gapMs(seconds.search),
  accept: gapMs(seconds.accept),
  show: gapMs(seconds.show),
  list: gapMs(seconds.list),
  manage: gapMs(seconds.manage),
  destroy: gapMs(seconds.destroy),
  ssh: gapMs(seconds.ssh),
};

/** `API requests too frequent: endpoint threshold=4.5`, as text or within JSON; it never comes as a header. */
export function waitOf({ text }: Pick<HttpFailure, 'text'>): number | undefined {
  const [, threshold] = /threshold=(\d+(?:\.\d+)?)/.exec(text) ?? [];
  return threshold === undefined ? undefined : gapMs(Number(threshold));
}

function gapMs(interval: number): number {
  return Math.round(interval * reserve * 1000);
}
