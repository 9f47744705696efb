import { createReadStream } from 'node:fs';
import { exitCodes, hasCode, type ExitCode } from '../errors.js';
import type { Door, Verb } from './verb.js';

export const logs: Verb = {
  name: 'logs',
  usage: 'JOB [-f]',
  summary: 'Prints the log of a job, byte for byte; with --json a record for each line.',
  positionals: { least: 1, most: 1 },
  options: { follow: { type: 'boolean', short: 'f', help: 'go on until the job ends' } },
  async run(given, door, signal): Promise<ExitCode> {
    const id = await door.engine.resolveJob(given.positional(0));
    const sink = new LogSink(door);
    if (given.flag('follow')) await follow(id, door, sink, signal);
    else await printOnce(id, door, sink, signal);
    sink.end();
    return exitCodes.good;
  },
};

async function printOnce(
  id: string,
  { engine, terminal }: Door,
  sink: LogSink,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const bytes of createReadStream(engine.folder(id).log, { signal })) {
      await sink.push(bytes as Uint8Array);
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    terminal.remark(`${id} has no log yet: its training has not begun.`);
  }
}

/** Prints what there is and what comes, until the job has ended. Looking never drives a job. */
async function follow(
  id: string,
  { engine, terminal }: Door,
  sink: LogSink,
  signal: AbortSignal,
): Promise<void> {
  const feed = await engine.feed(id);
  let writing: Promise<void> = Promise.resolve();
  feed.onUpdate.on((update) => {
    if (update.kind === 'log') writing = writing.then(() => sink.push(update.bytes));
  });
  try {
    await feed.read();
    if (feed.job.stage.state !== 'ended' && feed.driver.kind === 'none') {
      terminal.remark(`Nobody is connected to ${id} now; "trainyard attach ${id}" does that.`);
    }
    feed.start();
    await feed.until(({ job }) => job.stage.state === 'ended', signal);
    await feed.read();
    await writing;
  } finally {
    feed.dispose();
  }
}

/** Bytes as they are, or a record for each whole line. */
class LogSink {
  readonly #door: Door;
  readonly #decoder = new TextDecoder();
  #unfinished = '';

  constructor(door: Door) {
    this.#door = door;
  }

  async push(bytes: Uint8Array): Promise<void> {
    const { terminal } = this.#door;
    if (!terminal.json) return terminal.raw(bytes);
    const lines = (this.#unfinished + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) terminal.record({ event: 'line', text: line });
  }

  end(): void {
    if (this.#unfinished !== '') this.#door.terminal.record({ event: 'line', text: this.#unfinished });
  }
}
