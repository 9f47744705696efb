import type { CloudEntry } from '../clouds.js';
import { facts } from './facts.js';

/** Virtual machines by the hour, each with a public address that is rented apart. */
export const canopywave: CloudEntry = {
  id: 'canopywave',
  title: 'CanopyWave',
  facts,
  load: async () => {
    const { CanopyWave } = await import('./client.js');
    return (options) => new CanopyWave(options);
  },
};
