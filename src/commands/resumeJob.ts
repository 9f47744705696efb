import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';
import { requireTrust } from './requireTrust.js';

/** Lets an ended job go on from its newest checkpoint; this window drives it. */
export async function resumeJob(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  requireTrust();
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to resume'), ability: 'resumable' },
    engine,
  );
  await engine.requestResume(job.spec.id);
  await fleet.refresh();
}
