import * as v from 'valibot';
import { toJson } from '../../recipes/progress/index.js';
import type { AgentDoor, AgentTool } from './tool.js';

const inputSchema = v.object({
  job: v.string(),
  last: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 20),
});

/** The last points of a training: what every metric says. */
export const metricsTool = ({ engine }: AgentDoor): AgentTool => ({
  async run(input) {
    const { job, last } = v.parse(inputSchema, input);
    const id = await engine.resolveJob(job);
    const feed = await engine.feed(id);
    try {
      await feed.read();
      return { job: id, points: feed.points.length, last: feed.points.slice(-last).map(toJson) };
    } finally {
      feed.dispose();
    }
  },
});
