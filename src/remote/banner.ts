import { connect } from 'node:net';
import { delay } from '../delay.js';

/**
 * RFC 4253, 4.2: a server identifies itself first, and may send other lines before. `1.99` is an SSH 2 server that
 * takes older clients too (5.1).
 */
const identification = /(?:^|\n)SSH-(?:2\.0|1\.99)-/;
/** Whoever says so much before has another trade. OpenSSH's client reads on for about as long. */
const longestPreludeBytes = 8 * 1024;
const defaultGraceMs = 3_000;

export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** For all of it, from looking up the name to the identification. */
  readonly timeoutMs: number;
}

/** A place where an SSH server may answer. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Whether an SSH server identifies itself there in time. A port that is merely open says nothing: proxies and
 * containers accept connections long before there is a server behind them. Throws for nothing but the signal.
 */
export function probeBanner(host: string, port: number, options: ProbeOptions): Promise<boolean> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let said = '';
    const socket = connect({ host, port });
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const answer = (isThere: boolean): void => {
      end();
      resolve(isThere);
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => answer(false), timeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on('error', () => answer(false));
    socket.on('close', () => answer(false));
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1');
      if (identification.test(said)) answer(true);
      else if (said.length > longestPreludeBytes) answer(false);
    });
  });
}

export interface FirstAnsweringOptions extends ProbeOptions {
  /** How long an answer waits for those that would be better. */
  readonly graceMs?: number;
}

/**
 * The best candidate where an SSH server answers, best first; all are tried at once. Once one answers, better ones have
 * the grace to answer too. `undefined` when none does in time.
 */
export async function firstAnswering<T extends Address>(
  candidates: readonly T[],
  options: FirstAnsweringOptions,
): Promise<T | undefined> {
  const { signal, timeoutMs, graceMs = defaultGraceMs } = options;
  signal.throwIfAborted();
  const decided = new AbortController();
  const wanted = AbortSignal.any([signal, decided.signal]);
  const answered = new Set<T>();
  const probes = candidates.map((candidate) => ({
    candidate,
    isOver: probeBanner(candidate.host, candidate.port, { signal: wanted, timeoutMs }).then(
      (isThere) => {
        if (isThere) answered.add(candidate);
      },
      () => undefined, // nobody wants to know any more
    ),
  }));
  const graceOver = new Promise<void>((resolve) => {
    const onAnswer = (): void => void delay(graceMs, wanted).then(resolve, resolve);
    for (const { candidate, isOver } of probes) void isOver.then(() => answered.has(candidate) && onAnswer());
  });
  try {
    for (const { candidate, isOver } of probes) {
      const isLate = await Promise.race([isOver.then(() => false), graceOver.then(() => true)]);
      signal.throwIfAborted();
      if (answered.has(candidate)) return candidate;
      if (isLate) return candidates.find((other) => answered.has(other));
    }
    return undefined;
  } finally {
    decided.abort();
  }
}
