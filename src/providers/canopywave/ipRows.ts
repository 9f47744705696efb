import type { Resource } from '../cloud.js';
import type { PublicIp } from './answers.js';
import { type Place, placeOf } from './machineId.js';

/**
 * The ledger's row of a public address. An address has no name, so a row that is only intended keeps which addresses
 * there were `before` it was asked for.
 */
export function ipRow({ project, region }: Place, label: string, before: readonly string[] = []): Resource {
  const details = { project, region, before: before.join(' ') };
  return { provider: 'canopywave', kind: 'ip', name: label, id: null, details };
}

/** The same once its address is there; what was there before does not matter any more. */
export function madeRow(row: Resource, id: string): Resource {
  return { ...row, id, details: { ...placeOf(row) } };
}

/** The same after CanopyWave has said no: nothing was made, and nothing is looked for. */
export function refusedRow(row: Resource): Resource {
  return { ...row, details: { ...row.details, refused: 'yes' } };
}

/**
 * The addresses that an intended row may have come to: those that were not there before and lead nowhere, or the one
 * that leads to the row's machine. More than one: nobody knows which.
 */
export function ipOfIntent(row: Resource, ips: readonly PublicIp[]): readonly PublicIp[] {
  const { before, refused } = row.details;
  if (before === undefined || refused !== undefined) return [];
  const fresh = ips.filter(({ id }) => !before.split(' ').includes(id));
  const attached = fresh.filter(({ server }) => server === row.name);
  return attached.length > 0 ? attached : fresh.filter(({ server }) => server === null);
}
