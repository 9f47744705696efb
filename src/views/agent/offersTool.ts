import * as v from 'valibot';
import type { Offer } from '../../providers/cloud.js';
import { usualDiskGb } from '../../jobs/wish.js';
import type { AgentDoor, AgentTool } from './tool.js';

const inputSchema = v.object({
  gpu: v.optional(v.array(v.string()), []),
  vramGb: v.optional(v.number()),
  gpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  spot: v.optional(v.boolean()),
  maxUsdPerHour: v.optional(v.number()),
});

/** An agent chooses among the cheapest; the rest would only fill its memory. */
const mostOffers = 20;

/** What the user's providers rent now, cheapest first. */
export const offersTool = ({ engine }: AgentDoor): AgentTool => ({
  async run(input, signal) {
    const { gpu, vramGb, gpus, spot, maxUsdPerHour } = v.parse(inputSchema, input);
    const need = {
      gpus: gpu,
      vramGb: vramGb ?? null,
      count: gpus,
      // As for renting: an offer that is listed can be taken with the same words.
      spot: spot ?? false,
      maxUsdPerHour: maxUsdPerHour ?? null,
      regions: [],
      diskGb: usualDiskGb,
    };
    const notAsked: string[] = [];
    const clouds = await engine.providers.usableClouds();
    const found = await engine.offers(clouds, need, {
      signal,
      orMoreGpus: true,
      onFailure: ({ message }) => void notAsked.push(message),
    });
    return {
      providersWithKey: clouds.map(({ id }) => id),
      found: found.length,
      offers: found.slice(0, mostOffers).map(toRecord),
      notAsked,
    };
  },
});

function toRecord({ provider, id, gpu, count, vramGb, usdPerHour, region, spot, available }: Offer): object {
  return { provider, id, gpu, count, vramGb, usdPerHour, region, spot, available };
}
