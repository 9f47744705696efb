import { budgetPercents } from '../budget.js';
import { costUsd, type Job } from '../job.js';
import type { Note } from './journalLedger.js';

/** Writes down once each time a job has spent so much of its budget, and stops it when all of it is spent. */
export class BudgetWatch {
  readonly #note: Note;

  constructor(note: Note) {
    this.#note = note;
  }

  /** @returns whether anything was written */
  async look(job: Job, now: number): Promise<boolean> {
    const { budgetUsd } = job.spec.limits;
    const { state } = job.stage;
    if (budgetUsd === null || budgetUsd <= 0 || state === 'ended') return false;
    const spent = (100 * costUsd(job, now)) / budgetUsd;
    const percent = budgetPercents.findLast((step) => spent >= step) ?? 0;
    const isNews = percent > job.budgetPercent;
    if (isNews) await this.#note({ type: 'budget.reached', percent });
    // Also when it was told before: a crash between the two lines, or a resume, must not lift the limit.
    const mustStop = percent === 100 && !job.stopRequested && state !== 'releasing';
    if (mustStop) await this.#note({ type: 'stop.requested' });
    return isNews || mustStop;
  }
}
