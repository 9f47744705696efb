import { plainTexts } from '../recipes/progress/ansi.js';

/** Longer lines are cut: nobody reads them, and memory stays flat. */
const maxLineLength = 64 * 1024;

/**
 * Bytes of a log in any chunking → text for a channel that can only be added to: complete lines as they come, a bar
 * that rewrites itself by carriage returns only in its last state, without colours and cursor movements.
 */
export class LogLines {
  readonly #decoder = new TextDecoder();
  #tail = '';

  /** The lines that are complete now, each with its line end. */
  push(bytes: Uint8Array): string {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What was left unfinished. */
  end(): string {
    const complete = this.#take(this.#decoder.decode());
    const rest = lastState(this.#tail);
    this.#tail = '';
    return rest === '' ? complete : `${complete}${rest}\n`;
  }

  #take(text: string): string {
    const lines = (this.#tail + text).split('\n');
    this.#tail = shorten(lines.pop() ?? '');
    return lines.map((line) => `${lastState(line)}\n`).join('');
  }
}

/** What a terminal would show of the line in the end. */
function lastState(line: string): string {
  const states = line.split('\r').flatMap(plainTexts);
  const last = states.findLast((state) => state.trim() !== '') ?? '';
  return last.length > maxLineLength ? `${last.slice(0, maxLineLength)}…` : last;
}

/** Forgets the states of an unfinished line that are overwritten already. */
function shorten(tail: string): string {
  const states = tail.split('\r');
  const isReturned = states.length > 1 && states.at(-1) === '';
  const last = states.findLast((state) => plainTexts(state).some((text) => text.trim() !== '')) ?? '';
  return last.slice(0, maxLineLength + 1) + (isReturned ? '\r' : '');
}
