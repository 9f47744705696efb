import type { CloudEntry } from '../clouds.js';
import { facts } from './facts.js';

export const runpod: CloudEntry = {
  id: 'runpod',
  title: 'RunPod',
  facts,
  load: async () => {
    const { RunPod } = await import('./client.js');
    return (options) => new RunPod(options);
  },
};
