import { basename } from 'node:path';
import * as vscode from 'vscode';

/** Asks for the passphrase of a private key. It is used once and kept nowhere. `undefined`: the user gave up. */
export async function askPassphrase(keyFile: string, signal: AbortSignal): Promise<string | undefined> {
  const cancelling = new vscode.CancellationTokenSource();
  const onAbort = (): void => cancelling.cancel();
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort);
  try {
    return await vscode.window.showInputBox(
      {
        title: vscode.l10n.t('Passphrase of {0}', basename(keyFile)),
        prompt: vscode.l10n.t('{0} is locked. The passphrase is not stored.', keyFile),
        password: true,
        ignoreFocusOut: true,
      },
      cancelling.token,
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
    cancelling.dispose();
  }
}
