/** What is needed only once somebody looks at a log: loaded in one piece then. */
export { LogPages } from '../../jobs/logPages.js';
export { FailureMarks } from './failureMarks.js';
export { linksOf } from './logLinks.js';
export { readPage, searchPages, type LogMatch } from './logSearch.js';
