/** The codes of reasons that something can be done about: see `remedy.ts`, which is loaded only for these. */
export const remedyCodes = [
  'cuda-out-of-memory',
  'disk-full',
  'gated-model',
  'missingsecret',
  'deadline',
  'vanished',
] as const;
export type RemedyCode = (typeof remedyCodes)[number];

export function isRemedyCode(code: string): code is RemedyCode {
  return remedyCodes.some((known) => known === code);
}
