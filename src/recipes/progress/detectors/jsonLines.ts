import * as v from 'valibot';
import { parseModelSample, type ModelSample } from '../modelSample.js';

/** What a line of our own protocol says; see {@link readProtocolLine}. */
export type ProtocolMessage =
  | { readonly type: 'checkpoint'; readonly path: string }
  | { readonly type: 'model'; readonly path: string }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'sample'; readonly sample: ModelSample }
  | { readonly type: 'other' };

const opening = /\{\s{0,4}"type"\s{0,4}:/;

/** Where a message of ours begins in the text (it may be glued behind a bar); -1 when there is none. */
export function protocolStart(text: string): number {
  return text.includes('"type"') ? text.search(opening) : -1;
}

/**
 * A message that is not about progress (see {@link ProtocolDetector}), anywhere in the text.
 * Undefined when there is none; what cannot be understood is `other`, never an error.
 */
export function readProtocolLine(text: string): ProtocolMessage | undefined {
  const start = protocolStart(text);
  if (start === -1) {
    return undefined;
  }
  const json = parsePythonJson(text.slice(start));
  const parsed = v.safeParse(message, json);
  if (!parsed.success) {
    return undefined;
  }
  return parsed.output.type === 'sample' ? sampleMessage(json) : toMessage(parsed.output);
}

/** The sample that a whole line of a log shows, wherever in the line it stands. */
export function readModelSampleLine(text: string): ModelSample | undefined {
  const message = text.includes('"sample"') ? readProtocolLine(text) : undefined;
  return message?.type === 'sample' ? message.sample : undefined;
}

/** A string that nothing ends goes to the end of the text: looking for others in it would take for ever. */
const stringOrBareWord = /"(?:[^"\\]|\\.)*\\?(?:"|$)|-?\bInfinity\b|\bNaN\b/g;

/** Python's json.dumps writes bare NaN and Infinity; they become strings before JSON.parse sees them. */
function parsePythonJson(text: string): unknown {
  const end = text.lastIndexOf('}');
  const json = text.slice(0, end + 1);
  try {
    return JSON.parse(json.replace(stringOrBareWord, quoteBareWord));
  } catch {
    return undefined;
  }
}

function quoteBareWord(token: string): string {
  return token.startsWith('"') ? token : `"${token}"`;
}

const path = v.fallback(v.optional(v.string()), undefined);

const message = v.object({
  type: v.string(),
  data: v.fallback(v.optional(v.object({ path })), undefined),
  path,
  message: v.fallback(v.optional(v.string()), undefined),
});

const sampleLine = v.object({ data: v.optional(v.unknown()) });

function toMessage(output: v.InferOutput<typeof message>): ProtocolMessage {
  switch (output.type) {
    case 'checkpoint':
      return checkpointMessage(output.data?.path ?? output.path);
    case 'model':
      return output.path === undefined ? { type: 'other' } : { type: 'model', path: output.path };
    case 'error':
      return output.message === undefined ? { type: 'other' } : { type: 'error', message: output.message };
    default:
      return { type: 'other' };
  }
}

function sampleMessage(json: unknown): ProtocolMessage {
  const sample = parseModelSample(v.parse(sampleLine, json).data);
  return sample ? { type: 'sample', sample } : { type: 'other' };
}

function checkpointMessage(path: string | undefined): ProtocolMessage {
  return path === undefined ? { type: 'other' } : { type: 'checkpoint', path };
}
