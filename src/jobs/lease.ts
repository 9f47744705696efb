import { link, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { hasCode } from '../errors.js';
import { processStart } from './processStart.js';

const heartbeatMs = 2_000;
/** Without a heartbeat for this long, a driver on another computer (or one put to sleep) counts as dead. */
const staleMs = 20_000;

/** What the driver is doing at this moment; never a fact of the job, so it is not in the journal. */
export interface Activity {
  /** `Installing scikit-learn (3 of 7)`, `Reconnecting to gpu1…` */
  readonly message: string;
  /** 0..1 when it can be told. */
  readonly fraction: number | null;
}

const holderSchema = v.object({
  token: v.string(),
  pid: v.number(),
  processStart: v.nullable(v.string()),
  hostname: v.string(),
  heartbeat: v.number(),
  released: v.boolean(),
  activity: v.nullable(v.object({ message: v.string(), fraction: v.nullable(v.number()) })),
});
type Holder = v.InferOutput<typeof holderSchema>;

/**
 * The right to drive a job: one holder at a time, over all windows and CLIs that share the folder.
 *
 * A lease is the highest-numbered file `lease.<n>` of the job's folder. To take it, a process creates
 * `lease.<n+1>` by `link`, which only one can do. A holder that finds a higher number has lost it. There is no
 * moment without a file, so a slow process can never remove somebody else's lease.
 */
export class Lease {
  readonly #folder: string;
  readonly #number: number;
  #holder: Holder;
  #timer: NodeJS.Timeout | undefined;
  /** One write at a time, and at most one waiting: it writes what is true when its turn comes. */
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  readonly #lost = new AbortController();

  private constructor(folder: string, number: number, holder: Holder) {
    this.#folder = folder;
    this.#number = number;
    this.#holder = holder;
    this.#timer = setInterval(() => void this.#beat().catch(() => undefined), heartbeatMs);
    this.#timer.unref();
  }

  /** Takes the lease, or resolves `undefined` when a living process holds it. */
  static async take(folder: string): Promise<Lease | undefined> {
    const current = await newest(folder);
    if (current && (await isAlive(current.holder))) return undefined;
    const number = (current?.number ?? 0) + 1;
    const holder: Holder = {
      token: randomUUID(),
      pid: process.pid,
      processStart: await processStart(process.pid),
      hostname: hostname(),
      heartbeat: Date.now(),
      released: false,
      activity: null,
    };
    if (!(await createExclusively(folder, number, holder))) return undefined;
    const numbers = await leaseNumbers(folder);
    if (numbers.some((other) => other > number)) {
      await rm(leasePath(folder, number), { force: true });
      return undefined;
    }
    for (const old of numbers.filter((other) => other < number)) {
      await rm(leasePath(folder, old), { force: true });
    }
    return new Lease(folder, number, holder);
  }

  /** Aborted when another process has taken the lease over (this one slept, or was stopped). */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Shows what is being done to everybody who watches. Many calls at once become one write. */
  async show(activity: Activity | null): Promise<void> {
    if (!this.#timer) return;
    this.#holder = { ...this.#holder, activity };
    await this.#beat();
  }

  /** Gives the lease back. Safe to repeat. */
  async release(): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#holder = { ...this.#holder, released: true, activity: null };
    await this.#beat();
  }

  #beat(): Promise<void> {
    this.#waiting ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#waiting;
  }

  async #write(): Promise<void> {
    const numbers = await leaseNumbers(this.#folder);
    if (numbers.some((other) => other > this.#number)) {
      clearInterval(this.#timer);
      this.#lost.abort();
      return;
    }
    this.#holder = { ...this.#holder, heartbeat: Date.now() };
    await writeOver(this.#folder, this.#number, this.#holder);
  }
}

export type Driver =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'driving';
      readonly pid: number;
      readonly here: boolean;
      readonly activity: Activity | null;
    };

/** Who drives the job in this folder now. */
export async function readDriver(folder: string): Promise<Driver> {
  const current = await newest(folder);
  if (!current || !(await isAlive(current.holder))) return { kind: 'none' };
  const { pid, activity } = current.holder;
  return { kind: 'driving', pid, here: current.holder.hostname === hostname(), activity };
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.released) return false;
  if (Date.now() - holder.heartbeat > staleMs) return false;
  if (holder.hostname !== hostname()) return true;
  const start = await processStart(holder.pid);
  return start !== null && (holder.processStart === null || start === holder.processStart);
}

const leasePath = (folder: string, number: number): string => join(folder, `lease.${number}`);

async function leaseNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => {
    const match = /^lease\.(\d+)$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

async function newest(folder: string): Promise<{ number: number; holder: Holder } | undefined> {
  const number = Math.max(0, ...(await leaseNumbers(folder)));
  if (number === 0) return undefined;
  try {
    const text = await readFile(leasePath(folder, number), 'utf8');
    return { number, holder: v.parse(holderSchema, JSON.parse(text)) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return newest(folder);
    throw error;
  }
}

async function createExclusively(folder: string, number: number, holder: Holder): Promise<boolean> {
  const temporary = join(folder, `lease-${holder.token}.new`);
  await writeFile(temporary, JSON.stringify(holder), { mode: 0o600 });
  try {
    await link(temporary, leasePath(folder, number));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeOver(folder: string, number: number, holder: Holder): Promise<void> {
  const temporary = join(folder, `lease-${holder.token}.new`);
  await writeFile(temporary, JSON.stringify(holder), { mode: 0o600 });
  await rename(temporary, leasePath(folder, number));
}
