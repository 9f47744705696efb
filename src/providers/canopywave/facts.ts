import type { CloudFacts } from '../cloud.js';

/** What is known of CanopyWave without asking it. Sources: its page "Manage Cloud via API"; unmarked limits are cautious. */
export const facts: CloudFacts = {
  keyName: 'CANOPYWAVE_API_KEY',
  keyHint: 'Make one in the CanopyWave console under API Keys, New API Key.',
  keyUrl: 'https://cloud.canopywave.io',
  endpoint: 'https://cloud-api.canopywave.io',
  consoleUrl: 'https://cloud.canopywave.io',
  sells: { onDemand: true, spot: false },
  selfEnd: 'account-key',
  watchdogFrom: 'login',
  stoppedCosts: null,
  billingNotes: [
    'CanopyWave may charge the first 24 hours of a GPU machine in advance, whatever the hourly price says.',
    'A machine that was shut down from inside is billed until it is terminated.',
    'Each machine gets a public IP address, which may be billed until it is released. Trainyard releases it.',
  ],
  bootMinutes: 15,
  bannerMinutes: 5,
  listSeconds: 5,
  settings: {
    project: {
      env: 'CANOPYWAVE_PROJECT',
      help: 'The CanopyWave project to rent in, where your key can see more than one.',
    },
    region: {
      env: 'CANOPYWAVE_REGION',
      help: 'The region to rent in, for example KEF-2, where CanopyWave does not list its regions.',
    },
  },
};
