import type { CloudFacts } from '../cloud.js';

/** What is known of Lambda without asking it. Sources: Lambda Cloud API 1.10.0, docs.lambda.ai/public-cloud/billing. */
export const facts: CloudFacts = {
  keyName: 'LAMBDA_API_KEY',
  keyHint: 'Make one in the Lambda Cloud dashboard under API keys, Generate API key.',
  keyUrl: 'https://cloud.lambda.ai/api-keys',
  endpoint: 'https://cloud.lambda.ai',
  consoleUrl: 'https://cloud.lambda.ai/instances',
  sells: { onDemand: true, spot: false },
  selfEnd: 'account-key',
  watchdogFrom: 'boot',
  stoppedCosts: null,
  billingNotes: [
    'Billed by the minute until the machine is terminated, also while it does nothing; sales tax comes on top.',
    'A machine that was shut down from inside is billed until it is terminated.',
  ],
  // 3 to 5 minutes with one GPU, 10 to 15 with eight.
  bootMinutes: 20,
  bannerMinutes: 5,
  listSeconds: 5,
  settings: {},
};
