import { open, stat } from 'node:fs/promises';
import { InputError, NotFoundError, messageOf } from '../errors.js';
import { formatEventLine, journalVersion, parseEventLine } from './eventParser.js';
import { apply, reduce, type Job, type JobEvent, type NewEvent } from './job.js';

/**
 * The append-only file a job is. An event is on the disk (fsync) before `append` resolves, so that what follows it
 * may have effects. Any process may append: a line is one write, and requests such as `stop.requested` reach the
 * driver this way.
 */
export class Journal {
  readonly path: string;
  #job: Job | undefined;
  #offset = 0;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(path: string) {
    this.path = path;
  }

  /** Begins the journal of a new job. */
  static async create(path: string, first: NewEvent & { type: 'planned' }): Promise<Journal> {
    const journal = new Journal(path);
    await journal.append(first);
    return journal;
  }

  /** @throws {NotFoundError | InputError} there is none, or it cannot be read by this version */
  static async open(path: string): Promise<Journal> {
    const journal = new Journal(path);
    await journal.refresh();
    return journal;
  }

  /** What the journal said when it was last read or written. */
  get job(): Job {
    if (!this.#job)
      throw new InputError(`The journal ${this.path} does not begin with a plan. Remove its folder.`);
    return this.#job;
  }

  /** Reads what was appended since, by whomever. @returns whether anything was */
  refresh(): Promise<boolean> {
    // One at a time: two that read the same lines would apply them twice.
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async append(event: NewEvent): Promise<Job> {
    const line = readableLine({ ...event, at: new Date().toISOString() });
    const file = await open(this.path, 'a+', 0o600);
    try {
      const torn = await endsInsideLine(file);
      await file.write((torn ? '\n' : '') + line);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.refresh();
    return this.job;
  }

  async #read(): Promise<boolean> {
    const { events, end } = await readEvents(this.path, this.#offset);
    this.#offset = end;
    for (const event of events) this.#job = this.#job ? apply(this.#job, event) : reduce([event]);
    return events.length > 0;
  }
}

/** A line that cannot be read again would make all of the job unreadable: a number that is none, for example. */
function readableLine(event: JobEvent): string {
  const line = formatEventLine(event);
  const parsed = parseEventLine(line);
  if (parsed.kind === 'invalid') throw new Error(`The event ${event.type} cannot be kept: ${parsed.why}`);
  return line;
}

type FileHandle = Awaited<ReturnType<typeof open>>;

/** A crash can leave half a line; the next one must not be glued to it. */
async function endsInsideLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

/** Whole lines from `offset` on, and the offset after the last whole line. */
async function readEvents(path: string, offset: number): Promise<{ events: JobEvent[]; end: number }> {
  const bytes = await readFrom(path, offset);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const events: JobEvent[] = [];
  for (const line of whole.toString('utf8').split('\n')) {
    if (line === '') continue;
    const parsed = parseEventLine(line);
    if (parsed.kind === 'event') events.push(parsed.event);
    else if (parsed.kind === 'newer') throw newerJournal(path, parsed.version);
    else if (parsed.kind === 'invalid') {
      throw new InputError(`The journal ${path} holds a line Trainyard cannot read (${parsed.why}).`);
    }
  }
  return { events, end: offset + whole.length };
}

async function readFrom(path: string, offset: number): Promise<Buffer> {
  let file: FileHandle;
  try {
    // Most looks find nothing new.
    if (offset > 0 && (await stat(path)).size === offset) return Buffer.alloc(0);
    file = await open(path, 'r');
  } catch (cause) {
    throw new NotFoundError(`There is no job journal at ${path} (${messageOf(cause)}).`, { cause });
  }
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function newerJournal(path: string, version: number): InputError {
  return new InputError(
    `The journal ${path} was written by a newer Trainyard (version ${version}; this one reads ${journalVersion}). Update Trainyard to see this job.`,
  );
}
