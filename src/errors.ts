/** Exit codes of the CLI. 5 is loud: a machine may still be running and billing. */
export const exitCodes = {
  good: 0,
  jobFailed: 1,
  badInput: 2,
  credentials: 3,
  noCapacity: 4,
  stillRunning: 5,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * An error whose message is fit for a person: one sentence of what happened and where, and what to do.
 * A subclass exists where a caller does something different; nobody decides by the message's text.
 */
export class UserError extends Error {
  readonly exitCode: ExitCode = exitCodes.badInput;
  /** Stable, in the journal as the code of a reason; a class's name is not, once it is bundled. */
  readonly kind: string = 'user';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Something the user gave is wrong: a folder, a parameter, a setting, a file. */
export class InputError extends UserError {
  override readonly kind: string = 'input';
}

/** A disk of this computer is full. What has to be written can be written later. */
export class DiskFullError extends InputError {}

/** A login or key was refused. The remedy is another credential, not another try. */
export class AuthError extends UserError {
  override readonly kind: string = 'auth';
  override readonly exitCode = exitCodes.credentials;
}

/** A key of the user's own account is not there, and the training cannot begin without it. */
export class SecretError extends AuthError {
  override readonly kind: string = 'missingsecret';
  /** The name of its environment variable. */
  readonly secret: string;

  constructor(secret: string, why: string) {
    super(`${secret} is missing. ${why}`);
    this.secret = secret;
  }
}

/** `SHA256:…` as `ssh-keygen -l` prints them. */
export interface HostKeyFingerprints {
  readonly expected: readonly string[];
  readonly received: string;
}

/** The machine's SSH host key is not the one we know. Nothing was sent. */
export class HostKeyError extends UserError {
  override readonly kind: string = 'hostkey';
  override readonly exitCode = exitCodes.credentials;
  readonly fingerprints: HostKeyFingerprints;

  constructor(message: string, fingerprints: HostKeyFingerprints) {
    super(message);
    this.fingerprints = fingerprints;
  }
}

/** Which part of talking to a machine failed: trying again may help, unlike with {@link AuthError}. */
export type ConnectionPhase = 'resolve' | 'connect' | 'handshake' | 'channel' | 'lost' | 'provider';

/** The machine could not be reached or the connection broke. Trying again may help. */
export class ConnectionError extends UserError {
  override readonly kind: string = 'connection';
  readonly phase: ConnectionPhase;

  constructor(message: string, phase: ConnectionPhase, options?: { cause?: unknown }) {
    super(message, options);
    this.phase = phase;
  }
}

/** The machine answers but cannot do what we need (no python3, too old, disk full). */
export class MachineError extends UserError {
  override readonly kind: string = 'machine';
}

/** None of our programs came to speak there: no python3, no shell, or a server for files only. Files may go by SFTP. */
export class NoProgramsError extends MachineError {
  /** What is known of it, for a sentence: `it has no python3`. */
  readonly why: string | undefined;

  constructor(message: string, why?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.why = why;
  }
}

/** Packages could not be installed on the machine; the last lines of the installer tell more than one sentence can. */
export class InstallError extends MachineError {
  override readonly kind: string = 'install';
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[]) {
    super(message);
    this.lines = lines;
  }
}

/** No job, instance or file of that name. */
export class NotFoundError extends UserError {
  override readonly kind: string = 'notfound';
}

/** The provider has nothing that fits now, or the budget does not allow it: try the next offer. */
export class NoCapacityError extends UserError {
  override readonly kind: string = 'nocapacity';
  override readonly exitCode = exitCodes.noCapacity;
}

/** The offer that was seen and taken is not there any more: choose another. */
export class OfferGoneError extends NoCapacityError {}

/** The user must act in the provider's console before anything can be rented: payment, quota, terms. */
export class AccountError extends UserError {
  override readonly kind: string = 'account';
  override readonly exitCode = exitCodes.noCapacity;
}

/** A provider's interface does not answer or is in trouble. Trying again may help. */
export class CloudUnavailableError extends ConnectionError {
  override readonly kind: string = 'unavailable';
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, 'provider', options);
  }
}

/** A machine was asked for and nobody knows whether it was made: look for its label before asking again. */
export class DoubtfulError extends UserError {
  override readonly kind: string = 'doubtful';
  override readonly exitCode = exitCodes.stillRunning;
}

/** A machine may still be running and billing; the message says which, where and what it costs. */
export class StillRunningError extends UserError {
  override readonly kind: string = 'stillrunning';
  override readonly exitCode = exitCodes.stillRunning;
}

/** The job itself ended badly (its own message explains). */
export class JobFailedError extends UserError {
  override readonly kind: string = 'jobfailed';
  override readonly exitCode = exitCodes.jobFailed;
}

/** Whether somebody cancelled: nothing to report. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Whether this is Node's error of that code: `hasCode(error, 'ENOENT')`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** `cause` as text for a sentence; never a stack, never `[object Object]`. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
