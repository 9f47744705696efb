import { costUsd, type Job } from '../job.js';
import type { Note } from './journalLedger.js';

/** Shares of a budget that are worth telling, in percent. */
const told = [50, 80, 100] as const;

/** Writes down once each time a job has spent so much of its budget, and stops it when all of it is spent. */
export class BudgetWatch {
  readonly #note: Note;

  constructor(note: Note) {
    this.#note = note;
  }

  /** @returns whether anything was written */
  async look(job: Job, now: number): Promise<boolean> {
    const { budgetUsd } = job.spec.limits;
    if (budgetUsd === null || budgetUsd <= 0 || job.stage.state === 'ended') return false;
    const spent = (100 * costUsd(job, now)) / budgetUsd;
    const percent = told.findLast((step) => spent >= step);
    if (percent === undefined || percent <= job.budgetPercent) return false;
    await this.#note({ type: 'budget.reached', percent });
    if (percent === 100 && job.stage.state !== 'releasing') await this.#note({ type: 'stop.requested' });
    return true;
  }
}
