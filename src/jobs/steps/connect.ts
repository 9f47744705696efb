import { readyMachine } from '../rented/ready.js';
import type { Step } from './step.js';

/**
 * Done when a program runs there: the login works, the host key is the one we know, and python3 is there. A rented
 * machine must also be what was paid for.
 */
export const connect: Step<'connecting'> = async ({ instance }, context, signal) => {
  const { machine, provider, show } = context;
  if (provider.rents) return readyMachine(instance, provider, context, signal);
  const host = await machine.host(signal);
  show(host.kind === 'local' ? 'Starting' : `Connecting to ${host.name}`);
  await machine.agent(signal);
  return { type: 'connected' };
};
