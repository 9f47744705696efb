import { parseDuration } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { findMetrics } from '../pairs.js';

const mmengine =
  /\b(Epoch|Iter)\((train|val|test)\)\s{1,4}(?:\[\s{0,8}(\d{1,9})(?:\/(\d{1,9}))?\])?\s{0,4}(?:\[\s{0,8}(\d{1,9})\/\s{0,8}(\d{1,9})\])?/;
const mmcv = /\b(?:Epoch \[(\d{1,9})\]|Iter) ?\[(\d{1,9})\/(\d{1,9})\]\s{1,8}(?=lr:|eta:|time:)/;
/** mmcv validates with the epoch's own counter: `Epoch(val) [3][100]\tbbox_mAP: 0.4`. */
const mmcvValidation = /\bEpoch\(val\) \[(\d{1,9})\]\s?\[\d{1,9}\]\s{1,8}/;
const eta = /\beta: ((?:\d{1,5} days?, )?[\d:]{4,14})/;

/** mmengine (mmdet 3, mmyolo, …) and mmcv 1. The time left is said for the whole run. */
export class OpenMmlabDetector implements Detector {
  read({ text }: Line): Observation | undefined {
    if (!text.includes('Epoch') && !text.includes('Iter')) {
      return undefined;
    }
    return text.includes('(train)') || text.includes('(val)') || text.includes('(test)')
      ? readMmengine(text)
      : readMmcv(text);
  }
}

function readMmengine(text: string): Observation | undefined {
  const older = mmcvValidation.exec(text);
  if (older) {
    return {
      framework: 'mmdet',
      epoch: Number(older[1]),
      metrics: metricsAfter(text, older),
      phase: 'validation',
    };
  }
  const match = mmengine.exec(text);
  if (!match) {
    return undefined;
  }
  const [, unit, phase, first, firstTotal, second, secondTotal] = match;
  const metrics = metricsAfter(text, match);
  if (phase !== 'train') {
    return {
      framework: 'mmdet',
      epoch: unit === 'Epoch' && second !== undefined ? Number(first) : undefined,
      metrics,
      phase: 'validation',
      ...(Object.keys(metrics).length === 0 && { kind: 'silent' }),
    };
  }
  if (unit === 'Iter') {
    return { framework: 'mmdet', ...steps(first, firstTotal), scope: 'run', metrics, ...etaOf(text) };
  }
  return {
    framework: 'mmdet',
    ...(first !== undefined && { epoch: Number(first) }),
    ...(firstTotal !== undefined && { totalEpochs: Number(firstTotal) }),
    ...steps(second, secondTotal),
    scope: 'epoch',
    metrics,
    ...etaOf(text),
  };
}

function readMmcv(text: string): Observation | undefined {
  const match = mmcv.exec(text);
  if (!match) {
    return undefined;
  }
  const [, epoch, step, total] = match;
  return {
    framework: 'mmdet',
    ...(epoch !== undefined && { epoch: Number(epoch) }),
    ...steps(step, total),
    scope: epoch === undefined ? 'run' : 'epoch',
    metrics: metricsAfter(text, match),
    ...etaOf(text),
  };
}

function metricsAfter(text: string, match: RegExpExecArray): ReturnType<typeof findMetrics> {
  return findMetrics(text.slice(match.index + match[0].length));
}

function steps(step: string | undefined, total: string | undefined): Observation {
  return step === undefined
    ? {}
    : { step: Number(step), ...(total !== undefined && { totalSteps: Number(total) }) };
}

function etaOf(text: string): Observation {
  const seconds = parseDuration(eta.exec(text)?.[1] ?? '');
  return seconds === undefined ? {} : { etaSeconds: seconds };
}
