import type { Cloud, CloudFacts, SelfEnd } from '../../providers/cloud.js';

/** Whether the key of the whole account may be given to machines of a provider. Never without the user's word. */
export type MayHoldKey = (provider: string) => Promise<boolean>;

/** How a machine of this cloud can end itself; `null` when only this computer can end it. */
export function selfEndOf(
  cloud: Cloud,
  mayHoldKey: boolean,
  target: { readonly label: string; readonly instanceId: string | null },
): SelfEnd | null {
  if (cloud.facts.selfEnd === 'account-key' && !mayHoldKey) return null;
  return cloud.selfEnd(target);
}

/** What ends the machine when this computer is off, in a sentence for somebody who is about to pay. */
export function guardSentence(title: string, facts: CloudFacts, mayHoldKey: boolean, hours: number): string {
  const limit = hours < 1 ? `${Math.round(hours * 60)} min` : `${Number(hours.toFixed(1))} h`;
  if (facts.selfEnd === 'account-key' && !mayHoldKey) {
    return (
      `Only this computer ends the machine: ${title} has no key that could end just one machine. ` +
      `When it is off, the machine costs money until Trainyard runs again, also after ${limit}.`
    );
  }
  const from = facts.watchdogFrom === 'boot' ? '' : ', once Trainyard has logged in to it';
  return `The machine ends itself after ${limit} at the latest${from}, also when this computer is off.`;
}
