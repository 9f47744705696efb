/** Where something is, for CanopyWave: every call names both. */
export interface Place {
  readonly project: string;
  readonly region: string;
}

export function isAt(thing: Place, place: Place): boolean {
  return thing.project === place.project && thing.region === place.region;
}
