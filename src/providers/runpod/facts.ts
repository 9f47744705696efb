import type { CloudFacts } from '../cloud.js';

export const facts: CloudFacts = {
  keyName: 'RUNPOD_API_KEY',
  keyHint:
    'In the RunPod console open Settings, then API Keys, and create one that may read and write: ' +
    'a read-only key cannot rent.',
  keyUrl: 'https://console.runpod.io/user/settings',
  endpoint: 'https://api.runpod.io',
  consoleUrl: 'https://console.runpod.io/pods',
  sells: { onDemand: true, spot: true },
  selfEnd: 'scoped-key',
  watchdogFrom: 'boot',
  stoppedCosts:
    'A stopped pod keeps its volume and pays twice the price for it ($0.20 a GB and month); ' +
    'its GPU goes to others, so it may not start again or come back without one.',
  billingNotes: [
    'Billed by the second, in steps of about five minutes.',
    'The disks cost $0.10 a GB and month on top of the price.',
    'RunPod rents only to accounts whose credit lasts for an hour of the pod.',
    'When the credit is used up, RunPod deletes pods with all that is on them.',
  ],
  bootMinutes: 10,
  bannerMinutes: 4,
  listSeconds: 5,
  settings: {
    image: {
      env: 'RUNPOD_IMAGE',
      help: 'Container image of the pods. It needs python3, bash and, to be reached, an SSH server or apt-get.',
    },
  },
};
