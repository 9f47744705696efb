import * as v from 'valibot';
import { openRentals } from '../../jobs/job.js';
import { jobRecord } from '../../jobs/jobRecord.js';
import type { AgentDoor, AgentTool } from './tool.js';

const inputSchema = v.object({ job: v.optional(v.string()) });

/** More of them are history. */
const mostJobs = 20;

/** How jobs stand and what they cost: of one, or of the newest ones. */
export const statusTool = ({ engine }: AgentDoor): AgentTool => ({
  async run(input) {
    const { job } = v.parse(inputSchema, input);
    if (job !== undefined) return statusOf(await engine.resolveJob(job), engine);
    const now = Date.now();
    const listed = await engine.jobs();
    return {
      jobs: listed
        .slice(0, mostJobs)
        .map((entry) =>
          'job' in entry ? jobRecord(entry.job, entry.driver, now) : { job: entry.id, error: entry.error },
        ),
      usdPerHour: listed
        .flatMap((entry) => ('job' in entry ? openRentals(entry.job) : []))
        .reduce((sum, { usdPerHour }) => sum + usdPerHour, 0),
    };
  },
});

async function statusOf(id: string, engine: AgentDoor['engine']): Promise<unknown> {
  const feed = await engine.feed(id);
  try {
    await feed.read();
    const { progress, etaSeconds } = feed.progress;
    return { ...jobRecord(feed.job, feed.driver, Date.now()), progress, etaSeconds };
  } finally {
    feed.dispose();
  }
}
