import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from './terminal.js';

/** Asks for a key's passphrase without showing it. @returns `undefined` when there is nobody to ask */
export function askPassphrase(
  keyFile: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!process.stdin.isTTY) return Promise.resolve(undefined);
  terminal.clearStatus();
  process.stderr.write(`Passphrase for ${keyFile}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve) => {
    const finish = (answer: string | undefined): void => {
      signal.removeEventListener('abort', onAbort);
      process.stderr.write('\n');
      prompt.close();
      resolve(answer);
    };
    const onAbort = (): void => finish(undefined);
    signal.addEventListener('abort', onAbort);
    prompt.once('SIGINT', () => finish(undefined));
    prompt.question('', (answer) => finish(answer));
  });
}
