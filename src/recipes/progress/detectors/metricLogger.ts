import { number, parseDuration } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { addMetric, findMetrics } from '../pairs.js';
import { newMetrics, type Metrics } from '../point.js';

const train = /(?:Train(?:ing)? )?Epoch:? {0,2}\[(\d{1,6})\] {0,4}\[\s{0,8}(\d{1,9})\/(\d{1,9})\]\s{1,4}/;
const test = /^\s{0,8}(?:Test|Val|Valid|Validation|Eval)(?: EMA)?:? {1,4}\[\s{0,8}\d{1,9}\/\d{1,9}\]\s{1,4}/;
const eta = /\beta: ((?:\d{1,5} days?, )?[\d:]{4,14})/;
/** The ImageNet example puts no colon: `Loss 6.9 (7.0)`. */
const averaged = new RegExp(`([A-Za-z][\\w@\\-]{0,40})\\s{1,6}(${number}) {0,2}\\( {0,4}${number}\\)`, 'g');

/** DETR, torchvision and the ImageNet example: `Epoch: [0]  [10/65]  loss: 6.3589 (6.2773)`; epochs from 0. */
export class MetricLoggerDetector implements Detector {
  read({ text }: Line): Observation | undefined {
    if (!text.includes('/') || !text.includes('[') || !text.includes(']')) {
      return undefined;
    }
    const training = text.includes('poch') ? train.exec(text) : null;
    if (training) {
      return readTraining(text, training);
    }
    const testing = test.exec(text);
    if (!testing) {
      return undefined;
    }
    const metrics = metricsOf(text.slice(testing[0].length));
    return Object.keys(metrics).length === 0 ? undefined : { metrics, phase: 'validation' };
  }
}

function readTraining(text: string, match: RegExpExecArray): Observation | undefined {
  const metrics = metricsOf(text.slice(match.index + match[0].length));
  if (Object.keys(metrics).length === 0) {
    return undefined;
  }
  const etaSeconds = parseDuration(eta.exec(text)?.[1] ?? '');
  return {
    ...frameworkOf(metrics),
    epoch: Number(match[1]) + 1,
    step: Number(match[2]),
    totalSteps: Number(match[3]),
    scope: 'epoch',
    metrics,
    ...(etaSeconds !== undefined && { etaSeconds }),
  };
}

function metricsOf(text: string): Metrics {
  const metrics = findMetrics(text);
  if (Object.keys(metrics).length > 0) {
    return metrics;
  }
  const spaced = newMetrics();
  for (const match of text.matchAll(averaged)) {
    addMetric(spaced, match[1] ?? '', match[2] ?? '');
  }
  return spaced;
}

/** RF-DETR and its relatives measure classes and boxes; the other users of the logger are plain loops. */
function frameworkOf(metrics: Metrics): Observation {
  return 'class_error' in metrics || 'loss_giou' in metrics ? { framework: 'rf-detr' } : { guess: 'pytorch' };
}
