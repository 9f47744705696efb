import { DisposableStore, Signal, type Disposable } from '../disposable.js';
import { NotFoundError } from '../errors.js';
import type { JobFeed } from '../jobs/feed.js';
import type { ComparisonTable, MetricColumns, ToComparison } from '../protocol.js';
import { comparisonTable } from './comparisonTable.js';
import { joinMetricColumns } from './metricColumns.js';
import { MetricSummaries } from './metricSummary.js';
import { toColumns } from './panelNumbers.js';

/** A pace that the page can draw, however many jobs there are. */
const intervalMs = 500;

/** One of the jobs, with what came since it was last told. */
interface Compared {
  readonly feed: JobFeed;
  readonly summaries: MetricSummaries;
  fresh: (readonly MetricColumns[])[];
}

/** What the page that compares jobs shows, out of the files of the jobs. Owns the feeds. */
export class ComparisonSource implements Disposable {
  readonly onDidChange: Signal<ToComparison>;
  readonly #own = new DisposableStore();
  readonly #jobs: readonly Compared[];
  #timer: NodeJS.Timeout | undefined;

  private constructor(feeds: readonly JobFeed[]) {
    this.onDidChange = this.#own.add(new Signal<ToComparison>());
    this.#own.add({ dispose: () => clearTimeout(this.#timer) });
    this.#jobs = feeds.map((feed) => this.#follow(this.#own.add(feed)));
  }

  /**
   * Reads everything there is of all jobs, then follows. Jobs that were removed meanwhile are left out.
   * @throws {NotFoundError} none of them is there any more
   */
  static async open(
    jobIds: readonly string[],
    openFeed: (jobId: string) => Promise<JobFeed>,
  ): Promise<ComparisonSource> {
    const feeds = await openFeeds(jobIds, openFeed);
    try {
      await Promise.all(feeds.map((feed) => feed.read()));
    } catch (error) {
      for (const feed of feeds) feed.dispose();
      throw error;
    }
    for (const feed of feeds) feed.start();
    return new ComparisonSource(feeds);
  }

  get table(): ComparisonTable {
    const entries = this.#jobs.map(({ feed, summaries }) => ({ job: feed.job, metrics: summaries.all }));
    return comparisonTable(entries, Date.now());
  }

  /** Everything known now; what is announced later is not in it. */
  snapshot(): ToComparison {
    for (const compared of this.#jobs) compared.fresh = [];
    const metrics = this.#jobs.map(({ feed }) => ({
      jobId: feed.job.spec.id,
      metrics: toColumns(feed.points),
    }));
    return { type: 'comparison', table: this.table, metrics };
  }

  dispose(): void {
    this.#own.dispose();
  }

  #follow(feed: JobFeed): Compared {
    const compared: Compared = { feed, summaries: new MetricSummaries(), fresh: [] };
    compared.summaries.add(toColumns(feed.points));
    this.#own.add(
      feed.onUpdate.on((update) => {
        if (update.kind === 'points') {
          const columns = toColumns(update.points);
          compared.summaries.add(columns);
          compared.fresh.push(columns);
        }
        if (update.kind === 'points' || update.kind === 'job') this.#schedule();
      }),
    );
    return compared;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#announce();
    }, intervalMs);
  }

  #announce(): void {
    const metrics = this.#jobs
      .filter(({ fresh }) => fresh.length > 0)
      .map(({ feed, fresh }) => ({ jobId: feed.job.spec.id, metrics: joinMetricColumns(fresh) }));
    for (const compared of this.#jobs) compared.fresh = [];
    if (metrics.length > 0) this.onDidChange.fire({ type: 'points', metrics });
    this.onDidChange.fire({ type: 'table', table: this.table });
  }
}

async function openFeeds(
  jobIds: readonly string[],
  openFeed: (jobId: string) => Promise<JobFeed>,
): Promise<JobFeed[]> {
  const opened = await Promise.allSettled(jobIds.map(openFeed));
  const feeds = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = opened
    .filter((result) => result.status === 'rejected')
    .map(({ reason }): unknown => reason)
    .map((reason) => (reason instanceof Error ? reason : new Error(String(reason))))
    .find((reason) => feeds.length === 0 || !(reason instanceof NotFoundError));
  if (failure === undefined) return feeds;
  for (const feed of feeds) feed.dispose();
  throw failure;
}
