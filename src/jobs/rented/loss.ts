import type { CloudProvider } from '../../providers/cloud.js';
import { findById, isGone } from './presence.js';

/** What a provider says of a machine that does not answer any more. */
export type Loss =
  /** It is there: the connection will come back, or the machine hangs. */
  | { readonly kind: 'none' }
  /** Taken back or broken: another machine goes on. */
  | { readonly kind: 'lost'; readonly why: string }
  /** It was ended by somebody, or by its own limits: nobody wants another one. */
  | { readonly kind: 'ended'; readonly why: string };

/** Asks the provider about a machine whose connection broke. Absence counts only after two complete lists. @throws {AuthError} of the same account */
export async function lookForLoss(
  provider: CloudProvider,
  instance: { readonly id: string; readonly keyMark: string | null; readonly spot: boolean },
  signal: AbortSignal,
): Promise<Loss> {
  const seen = findById(await provider.machines(performance.now(), signal), instance.id);
  if (!seen) {
    const { id, keyMark } = instance;
    if (!(await isGone(provider, { name: id, keyMark }, signal))) return { kind: 'none' };
    return instance.spot
      ? { kind: 'lost', why: 'The spot machine was taken back.' }
      : {
          kind: 'ended',
          why: `The machine is gone: it was ended in the console of ${provider.title}, for want of money, or by its deadline.`,
        };
  }
  const words = seen.problem ?? seen.stateWord;
  switch (seen.state) {
    case 'interrupted':
      return { kind: 'lost', why: `The spot machine was taken back (${words}).` };
    case 'failed':
    case 'gone':
      return { kind: 'lost', why: `The machine broke (${words}).` };
    case 'stopped':
      return { kind: 'lost', why: `The machine was stopped (${words}).` };
    case 'terminating':
      return { kind: 'ended', why: `The machine is being ended, and not by this job (${words}).` };
    case 'starting':
    case 'running':
    case 'unknown':
      return { kind: 'none' };
    default:
      return seen.state satisfies never;
  }
}
