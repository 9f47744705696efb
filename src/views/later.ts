/**
 * What is needed only once somebody asks for it: the questions of a launch, a run file, a full log, a task, a chat agent's tools. One
 * piece for all of them, because each piece more that is loaded by itself parts what the editor loads at its start into
 * more files, and each file read costs the start.
 */
export { checkJobFile, checkJobFileFolders } from '../jobs/jobFileCheck.js';
export { LogPages } from '../jobs/logPages.js';
export { makeTools } from './agent/index.js';
export { ComparisonSource } from './comparisonSource.js';
export { FailureMarks } from './fullLog/failureMarks.js';
export { linksOf } from './fullLog/logLinks.js';
export { readPage, searchPages } from './fullLog/logSearch.js';
export { LaunchFlow } from './launch/launchFlow.js';
export { askNewHost } from './launch/newHostQuestion.js';
export { askNewProvider, type NewProvider } from './launch/newProviderQuestion.js';
export { openAgain, openForTraining } from './launch/opening.js';
export { toRequest } from './launch/runDraft.js';
export { completionsAt } from './runFile/completions.js';
export { foldersAt } from './runFile/folders.js';
export { explanationAt } from './runFile/hover.js';
export { recipeAt } from './runFile/recipeAt.js';
export { parseTaskDefinition } from './tasks/taskDefinition.js';
export { TrainTerminal } from './tasks/trainTerminal.js';
