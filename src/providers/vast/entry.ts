import type { CloudFacts } from '../cloud.js';
import type { CloudEntry } from '../clouds.js';

const facts: CloudFacts = {
  keyName: 'VAST_API_KEY',
  keyHint:
    'Make one at https://cloud.vast.ai/manage-keys/ (API Keys, New); the permissions misc, user_read, user_write, ' +
    'instance_read and instance_write are enough.',
  keyUrl: 'https://cloud.vast.ai/manage-keys/',
  endpoint: 'https://console.vast.ai',
  consoleUrl: 'https://cloud.vast.ai/instances/',
  sells: { onDemand: true, spot: true },
  selfEnd: 'scoped-key',
  watchdogFrom: 'boot',
  stoppedCosts:
    'A stopped Vast.ai machine bills its disk for as long as it exists, even when your credit is used up; only ending ' +
    'it stops that.',
  billingNotes: [
    'The disk is billed from the moment of renting, the GPU only while the machine runs.',
    'Traffic is billed by the byte in both directions, at a price that every host sets.',
    'The machines belong to private people and companies, who can read what is on them.',
  ],
  bootMinutes: 10,
  bannerMinutes: 4,
  listSeconds: 10,
  settings: {},
};

export const vast: CloudEntry = {
  id: 'vast',
  title: 'Vast.ai',
  facts,
  load: async () => {
    const { VastCloud } = await import('./client.js');
    return (options) => new VastCloud(facts, options);
  },
};
