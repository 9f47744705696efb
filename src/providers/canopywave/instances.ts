import type { RentedInstance } from '../cloud.js';
import type { InstanceRow } from './answers.js';
import { formatMachineId } from './machineId.js';
import { parseTypeName } from './offers.js';
import { stateOf } from './states.js';

/** One line of the list. `usdPerHour` of a type that has no price any more is not known and counts as 0. */
export function toInstance(
  row: InstanceRow,
  project: string,
  usdPerHour: number | undefined,
): RentedInstance {
  const gpu = parseTypeName(row.flavor);
  return {
    provider: 'canopywave',
    id: formatMachineId({ server: row.id, region: row.region, project }),
    name: row.name,
    state: stateOf(row.status),
    stateWord: row.status,
    usdPerHour: usdPerHour ?? 0,
    gpu: gpu?.gpu ?? null,
    gpuCount: gpu?.count ?? null,
    region: row.region,
    created: launchedSeconds(row.launchedAt),
    hostKey: null,
    problem: null,
    locked: false,
  };
}

/** Unix seconds of `2026-11-22T09:43:09.000000`, which is UTC and does not say so. */
function launchedSeconds(text: string | null): number | null {
  if (text === null) return null;
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}
