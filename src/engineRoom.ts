/**
 * What is needed only once something is planned, driven or watched. It is loaded in one piece then, so that opening
 * the editor loads little.
 */
export { HostOpening } from './hostOpening.js';
export { collectNow } from './jobs/collectNow.js';
export { JobFeed } from './jobs/feed.js';
export { Machine } from './jobs/machine.js';
export { draft, plan } from './jobs/plan.js';
export { removeJob } from './jobs/removal.js';
export { drive } from './jobs/runner.js';
