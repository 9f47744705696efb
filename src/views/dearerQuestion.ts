import * as vscode from 'vscode';
import { abortable } from '../abortable.js';
import { formatPrice } from '../format.js';
import { describeOffer } from '../jobs/offers.js';
import type { Dearer } from '../jobs/steps/step.js';

/**
 * What was agreed to is gone: asks whether a dearer machine may be taken. Nothing dearer is taken without a yes; a
 * notification that is closed is a no.
 */
export async function askDearer(
  { job, offer, agreedUsdPerHour }: Dearer,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const take = vscode.l10n.t('Take It ({0})', formatPrice(offer.usdPerHour));
  const answer = vscode.window.showWarningMessage(
    vscode.l10n.t(
      '{0}: there is no machine for {1} any more, which you agreed to. The cheapest that fits is {2}.',
      job.spec.name,
      formatPrice(agreedUsdPerHour),
      describeOffer(offer),
    ),
    take,
    vscode.l10n.t('End the Job'),
  );
  // It stays when nobody waits for its answer any more; the answer then does nothing.
  return (await abortable(Promise.resolve(answer), signal)) === take;
}
