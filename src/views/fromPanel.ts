import * as v from 'valibot';
import type { FromComparison, FromPanel, PanelAction } from '../protocol.js';

const actions = [
  'stop',
  'resume',
  'runAgain',
  'showLog',
  'openModel',
  'collect',
  'extend',
  'openConsole',
  'exportMetrics',
  'copySummary',
  'halveBatch',
  'addToken',
  'reclaimDisk',
] as const satisfies readonly PanelAction[];

/** Far more than charts come to; a picture is held in memory. */
const mostPictureLength = 64 * 1024 * 1024;
const base64 = v.pipe(v.string(), v.maxLength(mostPictureLength), v.regex(/^[A-Za-z0-9+/]+={0,2}$/));

/** A checkpoint is called like a file. */
const mostIdLength = 300;

const message = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('action'), action: v.picklist(actions) }),
  v.object({ type: v.literal('revealCheckpoint'), id: v.pipe(v.string(), v.maxLength(mostIdLength)) }),
  v.object({ type: v.literal('picture'), png: base64 }),
]);

/** The door for messages of the job panel: anything that is not exactly one of ours is `undefined`. */
export function parseFromPanel(received: unknown): FromPanel | undefined {
  return parsed(message, received);
}

/** An id becomes part of a path, so it must be a name. */
const jobId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]{0,99}$/));

const comparisonMessage = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('showJob'), jobId }),
  v.object({ type: v.literal('copyTable') }),
  v.object({ type: v.literal('picture'), png: base64 }),
]);

/** The same for the page that compares jobs. */
export function parseFromComparison(received: unknown): FromComparison | undefined {
  return parsed(comparisonMessage, received);
}

const panelState = v.object({ jobId });
/** More jobs than anybody compares. */
const mostCompared = 100;
const comparisonState = v.object({
  jobIds: v.pipe(v.array(jobId), v.minLength(1), v.maxLength(mostCompared)),
});

/** The job a panel showed before the window was reloaded, from the state the webview stored itself. */
export function parsePanelState(stored: unknown): { readonly jobId: string } | undefined {
  return parsed(panelState, stored);
}

/** The jobs that were compared before the window was reloaded. */
export function parseComparisonState(stored: unknown): { readonly jobIds: readonly string[] } | undefined {
  return parsed(comparisonState, stored);
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, received: unknown): T | undefined {
  const result = v.safeParse(schema, received);
  return result.success ? result.output : undefined;
}
