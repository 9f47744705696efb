import { DisposableStore, Signal, type Disposable, type Listener } from '../disposable.js';
import type { FeedUpdate, JobFeed } from '../jobs/feed.js';
import type { Job } from '../jobs/job.js';
import type { Remedy } from '../jobs/remedy.js';
import type { Sample } from '../remote/sample.js';
import type { PanelCheckpoint, PanelHeader, PanelSnapshot, PanelUpdate } from '../protocol.js';
import type { JobPanelSource } from './jobPanel.js';
import { toLoadColumns } from './loadColumns.js';
import { toPanelCheckpoints } from './panelCheckpoints.js';
import { toPanelHeader } from './panelHeader.js';
import type { EndsByItself } from './panelMoney.js';
import { toColumns, toPanelModelSample, toSystemSample } from './panelNumbers.js';

/** As many samples of machine load as the panel may want: about an hour of them. */
const mostSamples = 720;

/** What a job panel shows, out of the files of its job. Owns the feed. */
export class FeedPanelSource implements JobPanelSource {
  readonly jobId: string;
  readonly #feed: JobFeed;
  readonly #remedyOf: (job: Job) => Remedy | null;
  readonly #endsByItself: EndsByItself;
  readonly #own = new DisposableStore();
  readonly #changes: Signal<PanelUpdate>;

  private constructor(feed: JobFeed, remedyOf: (job: Job) => Remedy | null, endsByItself: EndsByItself) {
    this.jobId = feed.job.spec.id;
    this.#remedyOf = remedyOf;
    this.#endsByItself = endsByItself;
    this.#feed = this.#own.add(feed);
    this.#changes = this.#own.add(new Signal<PanelUpdate>());
    this.#own.add(feed.onUpdate.on((update) => this.#announce(update)));
  }

  /** Reads everything there is before it is shown, then follows. */
  static async open(feed: JobFeed, endsByItself: EndsByItself): Promise<FeedPanelSource> {
    const { remedyOf } = await import('../engineRoom.js');
    try {
      await feed.read();
    } catch (error) {
      feed.dispose();
      throw error;
    }
    feed.start();
    return new FeedPanelSource(feed, remedyOf, endsByItself);
  }

  snapshot(): PanelSnapshot {
    const { points, samples, modelSamples } = this.#feed;
    return {
      header: this.#header(),
      metrics: [...toColumns(points), ...toLoadColumns(samples, this.#began)],
      system: samples.slice(-mostSamples).map(toSystemSample),
      modelSamples: modelSamples.map(toPanelModelSample),
      checkpoints: this.#checkpoints(),
    };
  }

  /** Where a checkpoint is on this computer; `null` when it is not, or is no checkpoint of this job. */
  checkpointPath(id: string): string | null {
    return this.#feed.checkpoints.find((checkpoint) => checkpoint.id === id)?.here ?? null;
  }

  onDidChange(listener: Listener<PanelUpdate>): Disposable {
    return this.#changes.on(listener);
  }

  dispose(): void {
    this.#own.dispose();
  }

  #announce(update: FeedUpdate): void {
    switch (update.kind) {
      case 'points':
        this.#changes.fire({ type: 'points', metrics: toColumns(update.points) });
        this.#announceHeader();
        break;
      case 'samples':
        this.#changes.fire({ type: 'system', samples: update.samples.map(toSystemSample) });
        this.#announceLoad(update.samples);
        break;
      case 'modelSamples':
        this.#changes.fire({ type: 'modelSamples', samples: update.samples.map(toPanelModelSample) });
        break;
      case 'job':
        this.#announceHeader();
        this.#announceCheckpoints();
        break;
      case 'driver':
        this.#announceHeader();
        break;
      case 'checkpoints':
        this.#announceCheckpoints();
        break;
      case 'log':
        break;
      default:
        update satisfies never;
    }
  }

  #announceHeader(): void {
    this.#changes.fire({ type: 'header', header: this.#header() });
  }

  /** When the first sample of load was taken: Unix seconds of the machine's clock. Points count from there, too. */
  get #began(): number {
    return this.#feed.samples[0]?.time ?? 0;
  }

  /** A machine without a GPU has nothing to draw. */
  #announceLoad(samples: readonly Sample[]): void {
    const metrics = toLoadColumns(samples, this.#began);
    if (metrics.length > 0) this.#changes.fire({ type: 'points', metrics });
  }

  /** Where they are depends also on what became of the job. */
  #announceCheckpoints(): void {
    this.#changes.fire({ type: 'checkpoints', checkpoints: this.#checkpoints() });
  }

  #checkpoints(): readonly PanelCheckpoint[] {
    return toPanelCheckpoints(this.#feed.job, this.#feed.checkpoints, Date.now());
  }

  #header(): PanelHeader {
    const { job, driver, progress, points } = this.#feed;
    return toPanelHeader(
      {
        job,
        driver,
        remedy: this.#remedyOf(job),
        progress,
        lastPoint: points.at(-1),
        endsByItself: this.#endsByItself,
      },
      Date.now(),
    );
  }
}
