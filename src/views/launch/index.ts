/** The questions of a launch, loaded with the first one that is asked. */
export { LaunchFlow } from './launchFlow.js';
export { askNewHost } from './newHostQuestion.js';
export { askNewProvider, type NewProvider } from './newProviderQuestion.js';
export { openForTraining } from './opening.js';
export { toRequest } from './runDraft.js';
