import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { hasCode } from '../errors.js';
import { formatBytes } from '../format.js';
import type { FeedUpdate, JobFeed } from '../jobs/feed.js';
import type { Job, Reason } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { LogLines } from './logLines.js';

/** Of a longer log only the end is shown; an output channel is no place for more. */
const mostBytes = 5_000_000;

/** The output channel of one job, fed from the mirror of its log: everything there is, then what comes. */
export class JobOutput implements Disposable {
  readonly jobId: string;
  readonly #engine: Trainyard;
  readonly #channel: vscode.OutputChannel;
  readonly #own = new DisposableStore();
  #following: Following | undefined;

  constructor(jobId: string, name: string, engine: Trainyard) {
    this.jobId = jobId;
    this.#engine = engine;
    this.#channel = this.#own.add(vscode.window.createOutputChannel(name));
    this.#own.add({ dispose: () => this.#following?.dispose() });
  }

  show(): void {
    this.#channel.show(true);
  }

  /** Follows the log unless it does. A job that was resumed after its end has another attempt and is read anew. */
  async follow(attempt: number): Promise<void> {
    if (this.#following?.attempt === attempt) return;
    this.#following?.dispose();
    this.#channel.clear();
    const following = new Following(attempt, this.#channel);
    this.#following = following;
    const { log } = this.#engine.folder(this.jobId);
    try {
      await following.begin(await this.#engine.feed(this.jobId), log);
    } catch (error) {
      following.dispose();
      this.#following = undefined;
      throw error;
    }
  }

  dispose(): void {
    this.#own.dispose();
  }
}

/** One reading of a log, from where it begins to the end of the job. */
class Following implements Disposable {
  readonly attempt: number;
  readonly #channel: vscode.OutputChannel;
  readonly #lines = new LogLines();
  readonly #own = new DisposableStore();
  #bytesToSkip = 0;
  #isEmpty = true;

  constructor(attempt: number, channel: vscode.OutputChannel) {
    this.attempt = attempt;
    this.#channel = channel;
  }

  async begin(feed: JobFeed, log: string): Promise<void> {
    this.#own.add(feed);
    this.#bytesToSkip = Math.max(0, (await sizeOf(log)) - mostBytes);
    if (this.#bytesToSkip > 0) this.#sayWhatIsLeftOut(log);
    this.#own.add(feed.onUpdate.on((update) => this.#add(update)));
    await feed.read();
    if (feed.job.stage.state === 'ended') this.#end(feed.job);
    else if (!this.#own.isDisposed) feed.start();
  }

  dispose(): void {
    this.#own.dispose();
  }

  #add(update: FeedUpdate): void {
    if (update.kind === 'log') this.#addBytes(update.bytes);
    // The feed reads the log before it announces a change of the job: nothing comes after the end.
    else if (update.kind === 'job' && update.job.stage.state === 'ended') this.#end(update.job);
  }

  #addBytes(bytes: Uint8Array): void {
    this.#isEmpty = false;
    if (this.#bytesToSkip >= bytes.length) {
      this.#bytesToSkip -= bytes.length;
      return;
    }
    this.#append(this.#lines.push(bytes.subarray(this.#bytesToSkip)));
    this.#bytesToSkip = 0;
  }

  #end({ stage }: Job): void {
    if (this.#own.isDisposed) return;
    this.#append(this.#lines.end());
    if (this.#isEmpty && stage.state === 'ended') this.#say(stage.reason);
    this.#own.dispose();
  }

  /** Of a job that ended before it trained. */
  #say({ message, lines = [] }: Reason): void {
    for (const line of [message, ...lines]) this.#channel.appendLine(line);
  }

  #append(text: string): void {
    if (text !== '') this.#channel.append(text);
  }

  #sayWhatIsLeftOut(log: string): void {
    this.#channel.appendLine(
      vscode.l10n.t(
        'The first {0} are left out here. Open Full Log shows all of it; the file is {1}',
        formatBytes(this.#bytesToSkip),
        log,
      ),
    );
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
