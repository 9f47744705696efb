import type { Resource } from '../cloud.js';

/** Where CanopyWave keeps machines, addresses and keys: every call names both. */
export interface Place {
  /** A tenant: `cynthia@canopywave.com`. */
  readonly project: string;
  /** A data centre: `KEF-2`. */
  readonly region: string;
}

/** One machine, with all that a call about it needs. */
export interface Machine extends Place {
  /** CanopyWave's own id, a UUID. */
  readonly server: string;
}

/**
 * `9bc56d2b-…/KEF-2/cynthia@canopywave.com`: the id of a machine in Trainyard. It holds the place too, so that a machine
 * can be ended without looking for it first, also by itself.
 */
export function formatMachineId({ server, region, project }: Machine): string {
  return [server, region, project].join('/');
}

/** `undefined` for anything that {@link formatMachineId} has not made. */
export function parseMachineId(id: string): Machine | undefined {
  const [, server, region, project] = /^([^/]+)\/([^/]+)\/(.+)$/.exec(id) ?? [];
  if (server === undefined || region === undefined || project === undefined) return undefined;
  return { server, region, project };
}

/** Where a row of the ledger says that its resource is. */
export function placeOf({ details }: Resource): Place {
  return { project: details.project ?? '', region: details.region ?? '' };
}

export function isAt(row: Resource, { project, region }: Place): boolean {
  const place = placeOf(row);
  return place.project === project && place.region === region;
}
