import type { CloudEntry } from '../clouds.js';
import { facts } from './facts.js';

/** Virtual machines of fixed types by the hour, in regions that run out of them. */
export const lambda: CloudEntry = {
  id: 'lambda',
  title: 'Lambda',
  facts,
  load: async () => {
    const { Lambda } = await import('./client.js');
    return (options) => new Lambda(options);
  },
};
