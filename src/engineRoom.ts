/**
 * What is needed only once something is planned, driven or watched. It is loaded in one piece then, so that opening
 * the editor loads little.
 */
export { HostOpening } from './hostOpening.js';
export { requestAgain } from './jobs/again.js';
export { askAgentAt } from './jobs/agentAt.js';
export { BadHosts } from './jobs/badHosts.js';
export { collectHere, collectNow } from './jobs/collectNow.js';
export { customize } from './jobs/customize.js';
export { findTerms } from './jobs/deal.js';
export { forwardPort } from './jobs/forwardPort.js';
export { JobFeed } from './jobs/feed.js';
export { Machine } from './jobs/machine.js';
export { readLog } from './jobs/logReading.js';
export { MachineFiles } from './jobs/machineFiles.js';
export { listOffers } from './jobs/offers.js';
export { lookAtOwn } from './jobs/ownMachine.js';
export { draft, plan } from './jobs/plan.js';
export { pointsToCsv } from './jobs/pointsCsv.js';
export { listReclaimable, reclaim } from './jobs/reclaim.js';
export { remedyOf } from './jobs/remedy.js';
export { removeJob } from './jobs/removal.js';
export { passOnExtension } from './jobs/rented/machineLimits.js';
export { markOf } from './jobs/rented/label.js';
export { drive } from './jobs/runner.js';
export { missingSecrets } from './jobs/secrets.js';
export { declareGone } from './jobs/sweep/declareGone.js';
export { sweepAll } from './jobs/sweep/sweepAll.js';
export { terminateMachine } from './jobs/sweep/terminate.js';
export { SshInclude } from './remote/ssh/sshInclude.js';
