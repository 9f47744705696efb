import { createInterface } from 'node:readline/promises';

/** Where a verb speaks: results to programs as JSON lines on stdout, words to people. */
export class Terminal {
  readonly json: boolean;
  /** Whether a person watches: then a line may be rewritten, and questions may be asked. */
  readonly interactive: boolean;
  #statusShown = false;
  #asking = false;

  constructor(options: { json: boolean }) {
    this.json = options.json;
    this.interactive = process.stdout.isTTY && !options.json;
  }

  get columns(): number {
    return process.stdout.columns || 80;
  }

  /** A result for programs; nothing without `--json`. */
  record(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A result for people: stdout, or stderr when stdout belongs to programs. */
  say(text: string): void {
    this.clearStatus();
    (this.json ? process.stderr : process.stdout).write(`${text}\n`);
  }

  /** A remark beside the result: always stderr. */
  remark(text: string): void {
    this.clearStatus();
    process.stderr.write(`${text}\n`);
  }

  /** Bytes as they are, to stdout. Waits while the reader is slow. */
  async raw(bytes: Uint8Array): Promise<void> {
    if (process.stdout.write(bytes)) return;
    await new Promise((resolve) => process.stdout.once('drain', resolve));
  }

  /** One line that the next one replaces; nothing in a pipe, or while a question stands there. */
  status(text: string): void {
    if (!this.interactive || this.#asking) return;
    const line = printable(text).slice(0, this.columns - 1);
    // Without wrapping, wide letters cannot make two lines of it, of which only one would be replaced.
    process.stdout.write(`\r\u001b[K\u001b[?7l${line}\u001b[?7h`);
    this.#statusShown = true;
  }

  /** Asks a person. @returns the answer in lower case; empty when the input ended, or Ctrl-C or `signal` took it back */
  async ask(question: string, signal: AbortSignal): Promise<string> {
    this.clearStatus();
    this.#asking = true;
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    const closed = new AbortController();
    prompt.once('SIGINT', () => closed.abort());
    prompt.once('close', () => closed.abort());
    try {
      const answer = await prompt.question(question, { signal: AbortSignal.any([signal, closed.signal]) });
      return answer.trim().toLowerCase();
    } catch {
      process.stdout.write('\n');
      return '';
    } finally {
      this.#asking = false;
      prompt.close();
    }
  }

  clearStatus(): void {
    if (!this.#statusShown) return;
    process.stdout.write('\r\u001b[K');
    this.#statusShown = false;
  }
}

/** Without what moves the cursor or changes colours. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
