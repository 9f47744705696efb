import * as vscode from 'vscode';

/** Says how far a long step is: what it does, and 0..1 when it can be told. */
export type Report = (message: string, fraction?: number) => void;

/** VS Code's cancellation as an abort, for as long as what it cancels runs. */
export function toSignal(token: vscode.CancellationToken): AbortSignal {
  const aborting = new AbortController();
  if (token.isCancellationRequested) aborting.abort();
  else token.onCancellationRequested(() => aborting.abort());
  return aborting.signal;
}

/** A step that is done by then shows nothing: a notification that flashes up tells nobody anything. */
const patienceMs = 400;

/**
 * Runs a long step with a notification that shows its progress and can cancel it. In this file, and only here, VS Code's
 * cancellation becomes an abort; the step then rejects, as with every abort.
 */
export async function withProgress<T>(
  title: string,
  step: (signal: AbortSignal, report: Report) => Promise<T>,
): Promise<T> {
  const aborting = new AbortController();
  let shown: ShownProgress | undefined;
  const running = step(aborting.signal, (message, fraction) => shown?.report(message, fraction));
  const timer = setTimeout(() => {
    shown = new ShownProgress(title, running, () => aborting.abort());
  }, patienceMs);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
  }
}

/** The notification of one step, as long as it runs. */
class ShownProgress {
  #progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
  #percent = 0;

  constructor(title: string, running: Promise<unknown>, cancel: () => void) {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    void vscode.window.withProgress(options, async (progress, token) => {
      this.#progress = progress;
      const listening = token.onCancellationRequested(cancel);
      await running.catch(() => undefined);
      listening.dispose();
    });
  }

  report(message: string, fraction = 0): void {
    const increment = Math.max(0, fraction * 100 - this.#percent);
    this.#percent += increment;
    this.#progress?.report({ message, increment });
  }
}
