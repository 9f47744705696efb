import * as v from 'valibot';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import type { Detector, Observation } from '../observation.js';
import type { NamedPlace } from '../pairs.js';
import { groupSpan, Place, shifted } from '../place.js';
import { protocolStart } from './jsonLines.js';
import { numberOfText } from './looseNumber.js';

/** Our own `{"type":"progress","data":{…}}`, anywhere in a line. */
export class ProtocolDetector implements Detector {
  read(line: Line): Observation | undefined {
    const layout = line.find(progressLayout);
    if (!layout) {
      return undefined;
    }
    const { epoch, step, metrics } = layout;
    const valueOf = (place: Place | undefined): number | undefined => place && line.value(place);
    return {
      framework: 'trainyard',
      epoch: valueOf(epoch),
      totalEpochs: valueOf(layout.totalEpochs),
      step: valueOf(step),
      totalSteps: valueOf(layout.totalSteps),
      scope: step && epoch ? 'epoch' : undefined,
      progress: valueOf(layout.progress),
      etaSeconds: valueOf(layout.etaSeconds),
      saveDir: layout.saveDir,
      metrics: metrics && line.metrics(metrics),
    };
  }
}

interface ProgressLayout {
  readonly epoch: Place | undefined;
  readonly totalEpochs: Place | undefined;
  readonly step: Place | undefined;
  readonly totalSteps: Place | undefined;
  readonly progress: Place | undefined;
  readonly etaSeconds: Place | undefined;
  readonly saveDir: string | undefined;
  readonly metrics: readonly NamedPlace[] | undefined;
}

/** A string (to the end when nothing ends it), a number, or one of the bare words that Python's json.dumps writes for what JSON has no number for. */
const token = /("(?:[^"\\]|\\.)*\\?(?:"|$))|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?\bInfinity\b|\bNaN\b)/dg;

/** The message with numbers that are indices of places, and nothing else that could be taken for one. */
const progressMessage = v.object({
  type: v.picklist(['progress', 'epoch']),
  data: v.record(v.string(), v.unknown()),
});
const metricValues = v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined);

/**
 * Where the numbers of the message stand. Every number is replaced by its index before the JSON is parsed, so
 * that the parser of JSON, which knows no positions, says which number belongs to which name.
 */
function progressLayout(text: string, layout: LineLayout): ProgressLayout | undefined {
  const start = protocolStart(text);
  if (start === -1) {
    return undefined;
  }
  const json = text.slice(start, text.lastIndexOf('}') + 1);
  const places: Place[] = [];
  const message = v.safeParse(progressMessage, parseJson(indexNumbers(json, start, layout, places)));
  if (!message.success) {
    return undefined;
  }
  const { data } = message.output;
  const metrics = v.parse(metricValues, data.metrics);
  const place = (value: unknown): Place | undefined => placeOf(value, places);
  return {
    epoch: place(data.epoch),
    totalEpochs: place(data.total_epochs),
    step: place(data.step),
    totalSteps: place(data.total_steps),
    progress: place(data.progress),
    etaSeconds: place(data.eta_seconds),
    saveDir: typeof data.save_dir === 'string' ? data.save_dir : undefined,
    metrics: metrics && metricPlaces(metrics, places),
  };
}

function indexNumbers(json: string, start: number, layout: LineLayout, places: Place[]): string {
  let indexed = '';
  let end = 0;
  for (const match of json.matchAll(token)) {
    const value = groupSpan(match, 2);
    indexed += json.slice(end, match.index) + (value ? String(places.length) : match[0]);
    end = match.index + match[0].length;
    if (value) {
      places.push(layout.number(shifted(value, start)));
    } else {
      layout.name({ start: start + match.index, end: start + end });
    }
  }
  return indexed + json.slice(end);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Numbers may come as strings: `"5"`, `"NaN"`. Anything else counts as absent. */
function placeOf(value: unknown, places: readonly Place[]): Place | undefined {
  if (typeof value === 'number') {
    return places[value];
  }
  const said = typeof value === 'string' ? numberOfText(value) : undefined;
  return said === undefined ? undefined : new Place({ start: 0, end: 0 }, said);
}

function metricPlaces(
  values: Readonly<Record<string, unknown>>,
  places: readonly Place[],
): readonly NamedPlace[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const place = placeOf(value, places);
    return place ? [{ name, place }] : [];
  });
}
