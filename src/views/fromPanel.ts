import * as v from 'valibot';
import type { FromPanel, PanelAction } from '../protocol.js';

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

const message = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('action'), action: v.picklist(actions) }),
  v.object({ type: v.literal('picture'), png: base64 }),
]);

/** The door for messages of the webview: anything that is not exactly one of ours is `undefined`. */
export function parseFromPanel(received: unknown): FromPanel | undefined {
  const result = v.safeParse(message, received);
  return result.success ? result.output : undefined;
}

/** The id becomes part of a path, so it must be a name. */
const panelState = v.object({ jobId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]{0,99}$/)) });

/** The job a panel showed before the window was reloaded, from the state the webview stored itself. */
export function parsePanelState(stored: unknown): { readonly jobId: string } | undefined {
  const result = v.safeParse(panelState, stored);
  return result.success ? result.output : undefined;
}
