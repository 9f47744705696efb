import type { Step } from './step.js';

/** Done when a program runs there: the login works, the host key is the one we know, and python3 is there. */
export const connect: Step<'connecting'> = async (_stage, { machine, show }, signal) => {
  const host = await machine.host(signal);
  show(host.kind === 'local' ? 'Starting' : `Connecting to ${host.name}`);
  await machine.agent(signal);
  return { type: 'connected' };
};
