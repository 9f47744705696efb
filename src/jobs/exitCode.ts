import { exitCodes, type ExitCode } from '../errors.js';
import type { Job } from './job.js';

/** Why a job never came to train is what a script that called us must know. */
const exitCodesByReason: Readonly<Record<string, ExitCode>> = {
  nocapacity: exitCodes.noCapacity,
  account: exitCodes.noCapacity,
  auth: exitCodes.credentials,
  missingsecret: exitCodes.credentials,
};

/** What a program that waits for a job is told about its end. */
export function exitCodeOf({ outcome, reason }: Extract<Job['stage'], { state: 'ended' }>): ExitCode {
  if (outcome === 'succeeded') return exitCodes.good;
  return exitCodesByReason[reason.code] ?? exitCodes.jobFailed;
}
