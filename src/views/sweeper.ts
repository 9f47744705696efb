import * as vscode from 'vscode';
import { DisposableStore, Signal, type Disposable } from '../disposable.js';
import type { Fleet } from '../fleet.js';
import { sentenceOf } from '../jobs/sweep/findingWords.js';
import type { Finding } from '../jobs/sweep/sweep.js';
import { timeScaleOf } from '../timeScale.js';
import type { Trainyard } from '../trainyard.js';
import { SweepRota } from './sweepRota.js';
import { summarize, type SweepSummary } from './sweepWords.js';

/**
 * Ends what no job needs any more: when a window opens, every 15 minutes, and when the user asks for it. What it did is
 * told in one notification; what it could not do is told once and stays in the status bar until it can.
 */
export class Sweeper implements Disposable {
  readonly onDidChange = new Signal<void>();
  readonly #engine: Trainyard;
  readonly #fleet: Fleet;
  readonly #log: vscode.LogOutputChannel;
  readonly #own = new DisposableStore();
  readonly #rota: SweepRota;
  #last: SweepSummary = { done: null, failed: null };

  constructor(engine: Trainyard, fleet: Fleet, log: vscode.LogOutputChannel) {
    this.#engine = engine;
    this.#fleet = fleet;
    this.#log = log;
    this.#own.add(this.onDidChange);
    this.#rota = this.#own.add(
      new SweepRota({
        folder: engine.home.sweep,
        timeScale: timeScaleOf(process.env),
        isNeeded: async () => (await engine.providers.usableClouds()).length > 0,
        sweep: (signal) => this.#sweep(signal),
        logger: log,
      }),
    );
  }

  /** Why not everything could be looked at or ended, the last time; `null` when all is well. */
  get problem(): string | null {
    return this.#last.failed;
  }

  /** Sweeps once, and from then on when it is time. */
  start(): void {
    void this.#rota.start();
  }

  /** Sweeps now, and tells as always. @returns what it came to; `undefined` when another window is at it */
  async now(signal: AbortSignal): Promise<SweepSummary | undefined> {
    return (await this.#rota.now(signal)) ? this.#last : undefined;
  }

  dispose(): void {
    this.#own.dispose();
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const findings = await this.#engine.sweep(
      { dryRun: false, onFinding: (finding) => this.#note(finding) },
      signal,
    );
    const before = this.#last;
    this.#last = summarize(findings);
    const { done, failed } = this.#last;
    if (done !== null) void this.#tell(done, vscode.window.showInformationMessage);
    if (failed !== null && failed !== before.failed)
      void this.#tell(failed, vscode.window.showWarningMessage);
    this.onDidChange.fire();
    if (done !== null) await this.#fleet.refresh();
  }

  #note(finding: Finding): void {
    const line = `sweep ${finding.kind} → ${finding.action}: ${sentenceOf(finding)}`;
    if (finding.action === 'failed') this.#log.warn(line);
    else if (finding.action === 'kept' || finding.action === 'not-ours') this.#log.debug(line);
    else this.#log.info(line);
  }

  async #tell(message: string, show: typeof vscode.window.showInformationMessage): Promise<void> {
    const showLog = vscode.l10n.t('Show Log');
    if ((await show(message, showLog)) === showLog) this.#log.show();
  }
}
