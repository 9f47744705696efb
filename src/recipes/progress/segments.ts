import { isAscii } from 'node:buffer';

/** Longer segments are cut: nothing worth reading is that long, and memory stays flat. */
export const maxSegmentLength = 64 * 1024;

/** Gets each finished segment with the number of its line, from 1. */
export type SegmentSink = (raw: string, line: number) => void;

/**
 * Bytes in any chunking → the texts between `\n`, `\r` and `\b` (all of which end a state of a line).
 * Broken UTF-8 becomes U+FFFD; a character cut by a chunk is put together. Escape sequences are left in.
 */
export class SegmentSplitter {
  readonly #decoder = new TextDecoder();
  readonly #sink: SegmentSink;
  #line = 1;
  #tail = '';
  /** Whether the decoder may hold the first bytes of a character. */
  #midCharacter = false;

  constructor(sink: SegmentSink) {
    this.#sink = sink;
  }

  /** The line being written now, from 1. */
  get line(): number {
    return this.#line;
  }

  /** The unfinished segment: a live bar, or the beginning of a line. */
  get live(): string {
    return this.#tail;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) {
      this.#split(this.#decode(bytes));
    }
  }

  /** Hands over what the stream left unfinished. */
  end(): void {
    this.#keep(this.#decoder.decode());
    this.#midCharacter = false;
    this.#finish('');
  }

  #decode(bytes: Uint8Array): string {
    if (!this.#midCharacter && isAscii(bytes)) {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    }
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#midCharacter = (bytes.at(-1) ?? 0) >= 0x80;
    return text;
  }

  #split(text: string): void {
    const next = new Breaks(text);
    let start = 0;
    for (let at = next.after(0); at !== -1; at = next.after(start)) {
      this.#finish(text.slice(start, at));
      if (text.charCodeAt(at) === newline) {
        this.#line++;
      }
      start = at + 1;
    }
    this.#keep(start === 0 ? text : text.slice(start));
  }

  #keep(rest: string): void {
    if (this.#tail.length < maxSegmentLength) {
      this.#tail = cut(this.#tail + rest);
    }
  }

  #finish(rest: string): void {
    const raw = this.#tail.length === 0 ? rest : this.#tail + rest;
    this.#tail = '';
    if (raw.length > 0) {
      this.#sink(cut(raw), this.#line);
    }
  }
}

function cut(raw: string): string {
  return raw.length > maxSegmentLength ? raw.slice(0, maxSegmentLength) : raw;
}

const newline = 10;

/** Finds the next of three characters, looking at each part of the text once per character. */
class Breaks {
  readonly #text: string;
  #newline = -2;
  #return = -2;
  #backspace = -2;

  constructor(text: string) {
    this.#text = text;
  }

  after(start: number): number {
    this.#newline = this.#advance('\n', this.#newline, start);
    this.#return = this.#advance('\r', this.#return, start);
    this.#backspace = this.#advance('\b', this.#backspace, start);
    return earliest(earliest(this.#newline, this.#return), this.#backspace);
  }

  #advance(character: string, known: number, start: number): number {
    return known === -1 || known >= start ? known : this.#text.indexOf(character, start);
  }
}

function earliest(a: number, b: number): number {
  return b === -1 || (a !== -1 && a < b) ? a : b;
}
