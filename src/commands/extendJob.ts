import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Gives a training, and the machine it is on, more hours; its budget still holds. */
export async function extendJob(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to give more time'), ability: 'extendable' },
    engine,
  );
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('How many hours more for {0}', job.spec.name),
    value: '1',
    validateInput: (given) =>
      hoursOf(given) === undefined
        ? vscode.l10n.t('Write a number of hours above 0, for example 1.5.')
        : undefined,
  });
  const hours = hoursOf(text ?? '');
  if (hours === undefined) throw new vscode.CancellationError();
  await engine.extend(job.spec.id, hours);
  await fleet.refresh();
}

/** At most a month: more is a slip of the finger. */
const mostHours = 744;

function hoursOf(text: string): number | undefined {
  const hours = Number(text.trim().replace(',', '.'));
  return text.trim() !== '' && hours > 0 && hours <= mostHours ? hours : undefined;
}
