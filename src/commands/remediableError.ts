import { UserError } from '../errors.js';

/** What a notification offers to do about an error. */
export interface ErrorRemedy {
  /** Of the button. */
  readonly title: string;
  readonly run: () => unknown;
}

/** An error with the one thing that can be done about it. */
export class RemediableError extends UserError {
  readonly remedy: ErrorRemedy;

  constructor(cause: UserError, remedy: ErrorRemedy) {
    super(cause.message, { cause });
    this.remedy = remedy;
  }
}
