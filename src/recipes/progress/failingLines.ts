import { exception, gate, ignored, ignoredLines, reach, recovers, traceback } from './failureLine.js';
import { findCause, isFailureByItself, unknownFailure, type Failure } from './failures.js';
import { withoutPrefixes } from './prefix.js';

/** A line of a log that says what went wrong. Lines count from 0. */
export interface FailingLine {
  readonly line: number;
  /** Where its traceback begins; the line itself where there is none. */
  readonly from: number;
  readonly failure: Failure;
}

/** More of them say no more to a person. */
const mostFound = 1_000;

/**
 * The lines of a text that say what went wrong, for a person who looks for them: the last line of every traceback, and
 * what is a failure by itself. Unlike the reading of progress it keeps those that the training got over.
 */
export function failingLines(text: string): readonly FailingLine[] {
  const found: FailingLine[] = [];
  const state: Reading = { tracebackAt: undefined, ignoredUntil: -1 };
  let start = 0;
  for (let line = 0; start <= text.length && found.length < mostFound; line += 1) {
    const end = text.indexOf('\n', start);
    const raw = text.slice(start, end === -1 ? undefined : end);
    if (gate.test(raw) || raw.startsWith(ignored)) {
      const failing = readLine(withoutPrefixes(raw), line, state);
      if (failing) found.push(failing);
    }
    if (end === -1) break;
    start = end + 1;
  }
  return found;
}

interface Reading {
  tracebackAt: number | undefined;
  ignoredUntil: number;
}

function readLine(text: string, line: number, state: Reading): FailingLine | undefined {
  const thrown = exception.exec(text) !== null;
  if (text.startsWith(ignored)) {
    state.ignoredUntil = line + ignoredLines;
    return undefined;
  }
  if (line <= state.ignoredUntil) {
    if (thrown) state.ignoredUntil = -1;
    return undefined;
  }
  if (recovers.test(text)) return undefined;
  if (text.includes(traceback)) {
    state.tracebackAt = line;
    return undefined;
  }
  const from = state.tracebackAt;
  if (thrown && from !== undefined && line - from <= reach) {
    state.tracebackAt = undefined;
    return { line, from, failure: explained(text) };
  }
  return isFailureByItself(text) ? { line, from: line, failure: explained(text) } : undefined;
}

const explained = (text: string): Failure =>
  findCause(text)?.failure ?? unknownFailure(text.trim().replace(/[.:]$/, ''));
