import { Agent } from '../remote/agent.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';
import type { Place } from './job.js';
import { addressOf } from './place.js';

export interface Opening {
  readonly hosts: HostOpener;
  readonly runtime: RuntimeFiles;
}

/** Asks the machine of a place that needs no launch, over a connection of its own. */
export async function askAgentAt<T>(
  place: Place,
  { hosts, runtime }: Opening,
  ask: (agent: Agent) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const host = await hosts.open(addressOf(place), signal);
  try {
    const agent = await Agent.start(host, runtime, signal);
    try {
      return await ask(agent);
    } finally {
      agent.dispose();
    }
  } finally {
    host.dispose();
  }
}
